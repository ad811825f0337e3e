import { randomUUID } from 'node:crypto'
import { type RawBuilder, sql } from 'kysely'
import { type AuditEvent, auditEntry } from '../audit/index.ts'
import { AuthError } from '../auth-error.ts'
import type { ClientInfo } from '../context.ts'
import type { AuthDatabase } from '../database/index.ts'
import type { FlowMethod } from '../pkce/index.ts'
import { factorsOfUser, identitiesOfUser, nilUuid, type User } from '../users/index.ts'
import { type Assurance, assuranceBy } from './assurance.ts'
import { newRefreshToken } from './refresh-tokens.ts'

/** GoTrue's names for how someone signed in, as the `amr` claim shows them. */
export type SignInMethod =
  | 'password'
  | 'otp'
  | 'anonymous'
  | 'passkey'
  | 'web3'
  | 'oauth_provider/authorization_code'
  | FlowMethod

/** A session and the refresh token that renews it. */
export interface StartedSession {
  readonly id: string
  readonly user: User
  readonly assurance: Assurance
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

/** What bounds a session from its beginning. */
export interface SessionBounds {
  readonly grant?: Grant
  /** When it has to end, whatever the project's own limits are. */
  readonly notAfter?: Date | undefined
}

/** Signs a user in on one more device. */
export async function startSession(
  db: AuthDatabase,
  userId: string,
  method: SignInMethod,
  client: ClientInfo,
  now: Date,
  bounds: SessionBounds = {},
): Promise<StartedSession> {
  const session = { userId, method, client, bounds }
  const started = await insertSession(db, session, { when: sql`true`, also: sql`` }, now)
  if (started) return started
  throw new AuthError(403, 'user_not_found', 'User not found')
}

/**
 * Signs in a user who has this hash and no other, and writes that down; undefined where the password was changed
 * meanwhile. One statement, so that it is whole without a transaction around it.
 */
export async function startSessionWithPassword(
  db: AuthDatabase,
  { id, encrypted_password }: User,
  event: AuditEvent,
  now: Date,
): Promise<StartedSession | undefined> {
  const entry = auditEntry(event, now)
  const also = sql`, event as (
      insert into auth.audit_log_entries (instance_id, id, payload, created_at, ip_address)
      select ${entry.instance_id}::uuid, ${entry.id}::uuid, ${entry.payload}::json, ${now}::timestamptz, ${entry.ip_address}
      from u
    )`
  const session = { userId: id, method: 'password', client: event.client, bounds: {} } as const
  return await insertSession(db, session, { when: sql`encrypted_password = ${encrypted_password}`, also }, now)
}

interface NewSession {
  readonly userId: string
  readonly method: SignInMethod
  readonly client: ClientInfo
  readonly bounds: SessionBounds
}

async function insertSession(
  db: AuthDatabase,
  { userId, method, client, bounds: { grant, notAfter } }: NewSession,
  { when, also }: { readonly when: RawBuilder<unknown>; readonly also: RawBuilder<unknown> },
  now: Date,
): Promise<StartedSession | undefined> {
  const id = randomUUID()
  const refreshToken = newRefreshToken()
  const at = sql`${now}::timestamptz`
  const { rows } = await sql<User>`
    with u as (
      update auth.users set last_sign_in_at = ${at}, updated_at = ${at} where id = ${userId} and ${when} returning *
    ), session as (
      insert into auth.sessions 
        (id, user_id, aal, user_agent, ip, oauth_client_id, scopes, not_after, created_at, updated_at)
      select ${id}::uuid, u.id, 'aal1', ${client.userAgent}, ${client.ip}::inet,
        ${grant?.clientId ?? null}::uuid, ${grant?.scopes ?? null}, ${notAfter ?? null}::timestamptz, ${at}, ${at} from u
    ), token as (
      insert into auth.refresh_tokens
        (instance_id, token, user_id, session_id, parent, revoked, created_at, updated_at)
      select ${nilUuid}::uuid, ${refreshToken}, u.id, ${id}::uuid, '', false, ${at}, ${at} from u
    ), claim as (
      insert into auth.mfa_amr_claims (id, session_id, authentication_method, created_at, updated_at)
      select ${randomUUID()}::uuid, ${id}::uuid, ${method}, ${at}, ${at} from u
    )${also}
    select u.*, ${identitiesOfUser} as identities, ${factorsOfUser} as factors from u`.execute(db)
  const [user] = rows
  if (!user) return undefined
  const amr = [{ method, timestamp: Math.floor(now.getTime() / 1000) }]
  return { id, user, assurance: assuranceBy(amr, user), refreshToken, method, client, grant }
}
