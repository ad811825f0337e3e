import { sql } from 'kysely'
import { AuthError } from '../auth-error.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import type { AuthDatabase } from '../database/index.ts'
import { isBanned } from '../users/index.ts'
import { adoptRefreshToken } from './adopt-refresh-token.ts'
import { readLongRefreshToken } from './long-refresh-token.ts'
import { hasNewerLogin, lockOwner } from './newer-login.ts'
import { isRefreshToken, newRefreshToken } from './refresh-tokens.ts'
import { renewSession } from './renew-session.ts'
import { type SessionResponse, sessionResponse } from './session-response.ts'
import { sessionTransaction } from './session-transaction.ts'
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
  const moved = isRefreshToken(token) ? undefined : readLongRefreshToken(token)
  if (!isRefreshToken(token) && !moved) throw new AuthError(400, 'validation_failed', 'Refresh token is not valid')
  if (moved) await adoptRefreshToken(ctx, token, moved)
  // When the request came: the time it then waits for others must not make it look late.
  const now = ctx.clock()
  const response = await sessionTransaction(ctx, async (trx) => {
    await lockOwner(ctx, trx, token)
    const found = await lockSession(trx, token)
    // The token of one application is of no use to another, nor to the project's own.
    if (!found || found.clientId !== clientId) throw refused('refresh_token_not_found', 'Refresh Token Not Found')
    if (isBanned(found.bannedUntil, now)) throw refused('user_banned', 'User Banned')
    const end = endOfSession(found, ctx.settings.sessions, now)
    if (end) throw refused('session_expired', end)
    if (await hasNewerLogin(ctx, trx, { ...found, userId: found.id }, now)) {
      throw refused('session_expired', 'Session Expired (Revoked by Newer Login)')
    }

    const next = await nextToken(ctx, trx, found, now)
    // Not thrown in here: the session's end must be committed.
    if (next === undefined) return undefined
    const { sessionId } = found
    const rotation = found.revoked ? undefined : { spent: token, next }
    const renewed = await renewSession(trx, { sessionId, actor: found, client, rotation }, now)
    const session = { id: sessionId, refreshToken: next, method: 'token_refresh', client, grant: grantOf(found) }
    return await sessionResponse(ctx, trx, { ...session, ...renewed }, now)
  })
  if (!response) throw refused('refresh_token_already_used', 'Already Used')
  return response
}

type LockedSession = NonNullable<Awaited<ReturnType<typeof lockSession>>>

/** The token that the client goes on with; undefined when the used one was stolen. */
async function nextToken(
  { settings }: AuthContext,
  trx: AuthDatabase,
  used: LockedSession,
  now: Date,
): Promise<string | undefined> {
  switch (judgeTokenUse(used, settings.refreshTokens, now)) {
    case 'rotate':
      return newRefreshToken()
    case 'repeat':
      return await successorOf(trx, used)
    case 'stolen':
      if (settings.refreshTokens.rotation) {
        await trx.deleteFrom('auth.sessions').where('id', '=', used.sessionId).execute()
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
    .select(['s.id as sessionId', 's.created_at as createdAt', 's.not_after as notAfter'])
    .select(['s.oauth_client_id as clientId', 's.scopes'])
    .select(['u.id', 'u.email', 'u.phone', 'u.is_sso_user', 'u.raw_user_meta_data', 'u.banned_until as bannedUntil'])
    .select(['t.token', 't.updated_at as revokedAt'])
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

/**
 * The session's one token that was not spent, where it descends from a token: undefined for one from before the session
 * was raised, which is refused and ends nothing.
 */
async function successorOf(trx: AuthDatabase, { sessionId, token }: LockedSession): Promise<string | undefined> {
  const { rows } = await sql<{ token: string }>`
    with recursive line as (
      select token, parent, 0 as steps from auth.refresh_tokens where session_id = ${sessionId} and not revoked
      union all
      select earlier.token, earlier.parent, line.steps + 1
      from line join auth.refresh_tokens earlier on earlier.token = line.parent
      where line.token <> ${token} and line.steps < ${longestLine}
    )
    select token from line where steps = 0 and exists (select from line where token = ${token})`.execute(trx)
  return rows[0]?.token
}

/** How often a token may have been renewed within the reuse interval. */
const longestLine = 1000

function refused(code: RefusalCode, reason: string): AuthError {
  return new AuthError(400, code, `Invalid Refresh Token: ${reason}`)
}

type RefusalCode = 'refresh_token_not_found' | 'refresh_token_already_used' | 'session_expired' | 'user_banned'
