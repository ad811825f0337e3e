import { sql } from 'kysely'
import { type AuditAction, recordEvents } from '../audit/index.ts'
import { AuthError } from '../auth-error.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import type { AuthDatabase } from '../database/index.ts'
import { findUserById, isBanned } from '../users/index.ts'
import { readAssurance } from './assurance.ts'
import { hasNewerLogin, lockOwner } from './newer-login.ts'
import { insertRefreshToken, isRefreshToken } from './refresh-tokens.ts'
import { type SessionResponse, sessionResponse } from './session-response.ts'
import { endOfSession } from './session-validity.ts'
import type { Grant } from './start-session.ts'
import { judgeTokenUse } from './token-use.ts'

/**
 * Renews a session. The token is spent and another takes its place; all uses of a session's tokens wait for one
 * another on the session's row, so that of many at once one renews and the others get the same answer.
 * A spent token that turns up after the reuse interval ends the whole session: client and thief cannot be told apart.
 */
export async function refreshSession(
  ctx: AuthContext,
  token: string,
  client: ClientInfo,
  clientId: string | null = null,
): Promise<SessionResponse> {
  if (!isRefreshToken(token)) throw new AuthError(400, 'validation_failed', 'Refresh token is not valid')
  // When the request came: the time it then waits for others must not make it look late.
  const now = ctx.clock()
  const response = await ctx.db.transaction().execute(async (trx) => {
    await lockOwner(ctx, trx, token)
    const found = await lockSession(trx, token)
    // The token of one application is of no use to another, nor to the project's own.
    if (!found || found.clientId !== clientId) throw refused('refresh_token_not_found', 'Refresh Token Not Found')
    if (isBanned(found.bannedUntil, now)) throw refused('user_banned', 'User Banned')
    const end = endOfSession(found, ctx.settings.sessions, now)
    if (end) throw refused('session_expired', end)
    if (await hasNewerLogin(ctx, trx, found, now)) {
      throw refused('session_expired', 'Session Expired (Revoked by Newer Login)')
    }

    const refreshToken = await useToken(ctx, trx, { ...found, token }, now)
    // Not thrown in here: the session's end must be committed.
    if (refreshToken === undefined) return undefined
    await touchSession(trx, found.sessionId, client, now)
    const user = await findUserById(trx, found.userId)
    if (!user) throw new AuthError(403, 'user_not_found', 'User not found')
    const actions: readonly AuditAction[] = found.revoked ? ['token_refreshed'] : ['token_refreshed', 'token_revoked']
    const events = actions.map((action) => ({ action, actor: user, client }))
    await recordEvents(trx, events, now)
    const assurance = await readAssurance(trx, found.sessionId)
    const grant = grantOf(found)
    const session = { id: found.sessionId, user, assurance, refreshToken, method: 'token_refresh', client, grant }
    return await sessionResponse(ctx, trx, session, now)
  })
  if (!response) throw refused('refresh_token_already_used', 'Already Used')
  return response
}

type LockedSession = NonNullable<Awaited<ReturnType<typeof lockSession>>>

/** The token that the client goes on with; undefined when this one was stolen. */
async function useToken(
  { settings }: AuthContext,
  trx: AuthDatabase,
  used: LockedSession & { readonly token: string },
  now: Date,
): Promise<string | undefined> {
  const { sessionId, userId, token } = used
  switch (judgeTokenUse(used, settings.refreshTokens, now)) {
    case 'rotate':
      await trx
        .updateTable('auth.refresh_tokens')
        .set({ revoked: true, updated_at: now })
        .where('token', '=', token)
        .execute()
      return await insertRefreshToken(trx, { sessionId, userId, parent: token }, now)
    case 'repeat':
      return await activeToken(trx, sessionId)
    case 'stolen':
      if (settings.refreshTokens.rotation) {
        await trx.deleteFrom('auth.sessions').where('id', '=', sessionId).execute()
      }
      return undefined
  }
}

/** Locks the session that a token belongs to, then reads what is true of both now. */
async function lockSession(trx: AuthDatabase, token: string) {
  const locked = await trx
    .selectFrom('auth.sessions as s')
    .select('s.id')
    .where('s.id', '=', (eb) => eb.selectFrom('auth.refresh_tokens').select('session_id').where('token', '=', token))
    .forUpdate()
    .executeTakeFirst()
  if (!locked) return undefined
  return await trx
    .selectFrom('auth.refresh_tokens as t')
    .innerJoin('auth.sessions as s', 's.id', 't.session_id')
    .innerJoin('auth.users as u', 'u.id', 's.user_id')
    .select(['s.id as sessionId', 's.created_at as createdAt', 's.not_after as notAfter', 's.user_id as userId'])
    .select(['s.oauth_client_id as clientId', 's.scopes'])
    .select(['u.banned_until as bannedUntil', 't.updated_at as revokedAt'])
    .select((eb) => [
      eb.fn.coalesce('t.revoked', sql.lit(false)).as('revoked'),
      sql<Date | null>`s.refreshed_at at time zone 'utc'`.as('refreshedAt'),
    ])
    .where('t.token', '=', token)
    .executeTakeFirst()
}

function grantOf({ clientId, scopes }: LockedSession): Grant | undefined {
  return clientId === null ? undefined : { clientId, scopes: scopes ?? '' }
}

/** The session's one token that was not spent. */
async function activeToken(trx: AuthDatabase, sessionId: string): Promise<string | undefined> {
  const active = await trx
    .selectFrom('auth.refresh_tokens')
    .select('token')
    .where('session_id', '=', sessionId)
    .where('revoked', '=', false)
    .orderBy('id', 'desc')
    .executeTakeFirst()
  return active?.token
}

async function touchSession(trx: AuthDatabase, id: string, client: ClientInfo, now: Date): Promise<void> {
  await trx
    .updateTable('auth.sessions')
    .set({ refreshed_at: now.toISOString(), updated_at: now, user_agent: client.userAgent, ip: client.ip })
    .where('id', '=', id)
    .execute()
}

function refused(code: RefusalCode, reason: string): AuthError {
  return new AuthError(400, code, `Invalid Refresh Token: ${reason}`)
}

type RefusalCode = 'refresh_token_not_found' | 'refresh_token_already_used' | 'session_expired' | 'user_banned'
