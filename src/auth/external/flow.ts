import type { Selectable } from 'kysely'
import { AuthError } from '../auth-error.ts'
import type { AuthContext } from '../context.ts'
import type { AuthTables } from '../database/index.ts'
import { isUuid } from '../uuid.ts'

export type Flow = Selectable<AuthTables['auth.flow_state']>

/** Milliseconds in which a user has to come back. */
const lifetime = 300_000

/** The flow that a state belongs to, or the error for one that is none, too old or used. */
export async function findFlow({ db, clock }: AuthContext, state: string): Promise<Flow> {
  if (state === '') throw new AuthError(400, 'bad_oauth_callback', 'OAuth state parameter missing')
  if (!isUuid(state)) {
    throw new AuthError(400, 'bad_oauth_state', 'OAuth state parameter is invalid')
  }
  const flow = await db.selectFrom('auth.flow_state').selectAll().where('id', '=', state).executeTakeFirst()
  if (flow?.authentication_method !== 'oauth') {
    throw new AuthError(400, 'bad_oauth_state', 'OAuth state not found or expired')
  }
  if (clock().getTime() > (flow.created_at?.getTime() ?? 0) + lifetime) {
    throw new AuthError(400, 'bad_oauth_state', 'OAuth state has expired')
  }
  if (flow.user_id) throw used()
  return flow
}

export function used(): AuthError {
  return new AuthError(400, 'flow_state_already_used', 'State has already been used')
}
