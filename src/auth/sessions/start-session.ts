import { randomUUID } from 'node:crypto'
import type { ClientInfo } from '../context.ts'
import type { AuthDatabase } from '../database/index.ts'
import type { FlowMethod } from '../pkce/index.ts'
import { randomText } from '../random.ts'
import { nilUuid } from '../users/index.ts'

/** GoTrue's names for how someone signed in, as the `amr` claim shows them. */
export type SignInMethod =
  | 'password'
  | 'otp'
  | 'anonymous'
  | 'passkey'
  | 'oauth_provider/authorization_code'
  | FlowMethod

/** A session and the refresh token that renews it. */
export interface StartedSession {
  readonly id: string
  readonly refreshToken: string
  /** How this token came about, for the hook that may change its claims. */
  readonly method: string
  readonly client: ClientInfo
  readonly grant?: Grant | undefined
}

/** For which other application a session is, and what that may know. */
export interface Grant {
  readonly clientId: string
  /** Separated by spaces. */
  readonly scopes: string
}

/** Signs a user in on one more device. */
export async function startSession(
  trx: AuthDatabase,
  userId: string,
  method: SignInMethod,
  client: ClientInfo,
  now: Date,
  grant?: Grant,
): Promise<StartedSession> {
  const id = randomUUID()
  await trx
    .insertInto('auth.sessions')
    .values({
      id,
      user_id: userId,
      aal: 'aal1',
      user_agent: client.userAgent,
      ip: client.ip,
      oauth_client_id: grant?.clientId ?? null,
      scopes: grant?.scopes ?? null,
      created_at: now,
      updated_at: now,
    })
    .execute()
  const refreshToken = await insertRefreshToken(trx, { sessionId: id, userId, parent: '' }, now)
  await trx
    .insertInto('auth.mfa_amr_claims')
    .values({ id: randomUUID(), session_id: id, authentication_method: method, created_at: now, updated_at: now })
    .execute()
  await trx.updateTable('auth.users').set({ last_sign_in_at: now, updated_at: now }).where('id', '=', userId).execute()
  return { id, refreshToken, method, client, grant }
}

/** Adds a refresh token of twelve characters to a session, and answers it. */
export async function insertRefreshToken(
  trx: AuthDatabase,
  of: { readonly sessionId: string; readonly userId: string; readonly parent: string },
  now: Date,
): Promise<string> {
  const token = randomText(12)
  await trx
    .insertInto('auth.refresh_tokens')
    .values({
      instance_id: nilUuid,
      token,
      user_id: of.userId,
      session_id: of.sessionId,
      parent: of.parent,
      revoked: false,
      created_at: now,
      updated_at: now,
    })
    .execute()
  return token
}
