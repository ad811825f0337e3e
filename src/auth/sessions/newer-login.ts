import { sql } from 'kysely'
import type { AuthContext } from '../context.ts'
import type { AuthDatabase } from '../database/index.ts'
import { endOfSession, lastUse, type SessionTimes } from './session-validity.ts'

/**
 * Whether the user has another living session, used after this one, where a user may have one only. As in GoTrue the
 * older session is refused when it is to be renewed; its access token lives on until it expires. Sessions of other
 * applications (OAuth) neither end the user's own nor end with them.
 */
export async function hasNewerLogin(
  { settings }: AuthContext,
  trx: AuthDatabase,
  session: SessionTimes & { readonly sessionId: string; readonly userId: string; readonly clientId: string | null },
  now: Date,
): Promise<boolean> {
  if (!settings.sessions.singlePerUser || session.clientId !== null) return false
  const others = await trx
    .selectFrom('auth.sessions')
    .select(['created_at as createdAt', 'not_after as notAfter'])
    .select(sql<Date | null>`refreshed_at at time zone 'utc'`.as('refreshedAt'))
    .where('user_id', '=', session.userId)
    .where('id', '<>', session.sessionId)
    .where('oauth_client_id', 'is', null)
    .execute()
  return others.some((other) => !endOfSession(other, settings.sessions, now) && lastUse(other) > lastUse(session))
}

/**
 * Makes all renewals of a user wait for one another where a user may have one session only: of two sessions renewed at
 * once, the second must see that the first was. To be called before the session is locked, as everything else that
 * locks both begins with the user.
 */
export async function lockOwner({ settings }: AuthContext, trx: AuthDatabase, token: string): Promise<void> {
  if (!settings.sessions.singlePerUser) return
  const sessions = trx.selectFrom('auth.sessions as s').innerJoin('auth.refresh_tokens as t', 't.session_id', 's.id')
  await trx
    .selectFrom('auth.users')
    .select('id')
    .where('id', '=', sessions.select('s.user_id').where('t.token', '=', token))
    .forNoKeyUpdate()
    .execute()
}
