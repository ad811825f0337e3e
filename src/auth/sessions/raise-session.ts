import { randomUUID } from 'node:crypto'
import { recordEvent } from '../audit/index.ts'
import { AuthError } from '../auth-error.ts'
import type { ClientInfo } from '../context.ts'
import type { AuthDatabase } from '../database/index.ts'
import { findUserById } from '../users/index.ts'
import { readAssurance } from './assurance.ts'
import { insertRefreshToken } from './refresh-tokens.ts'
import type { StartedSession } from './start-session.ts'

/** GoTrue's names for a second factor, as the `amr` claim shows them. */
export type FactorMethod = 'totp' | 'mfa/phone' | 'mfa/webauthn'

/**
 * Makes a session one of assurance level 2. It goes on with a new refresh token that succeeds to none, so that one that
 * leaked before is of no use, not even within the reuse interval; and the user's sessions of level 1 end.
 */
export async function raiseSession(
  trx: AuthDatabase,
  of: { readonly sessionId: string; readonly userId: string; readonly factorId: string; readonly method: FactorMethod },
  client: ClientInfo,
  now: Date,
): Promise<StartedSession> {
  const { sessionId, userId, factorId, method } = of
  const raised = await trx
    .updateTable('auth.sessions')
    .set({ aal: 'aal2', factor_id: factorId, updated_at: now })
    .where('id', '=', sessionId)
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow()
  if (raised.numUpdatedRows === 0n) {
    throw new AuthError(403, 'session_not_found', 'Session from session_id claim in JWT does not exist')
  }
  await trx
    .insertInto('auth.mfa_amr_claims')
    .values({
      id: randomUUID(),
      session_id: sessionId,
      authentication_method: method,
      created_at: now,
      updated_at: now,
    })
    .onConflict((conflict) =>
      conflict.columns(['session_id', 'authentication_method']).doUpdateSet({ updated_at: now }),
    )
    .execute()
  const spent = await trx
    .updateTable('auth.refresh_tokens')
    .set({ revoked: true, updated_at: now })
    .where('session_id', '=', sessionId)
    .where('revoked', '=', false)
    .returning('id')
    .executeTakeFirst()
  const refreshToken = await insertRefreshToken(trx, { sessionId, userId }, now)
  await trx.deleteFrom('auth.sessions').where('user_id', '=', userId).where('aal', '<', 'aal2').execute()
  const user = await findUserById(trx, userId)
  if (!user) throw new AuthError(403, 'user_not_found', 'User not found')
  if (spent) await recordEvent(trx, { action: 'token_revoked', actor: user, client }, now)
  return { id: sessionId, user, assurance: await readAssurance(trx, sessionId, user), refreshToken, method, client }
}

/** Takes the assurance of a factor that is gone from the sessions that it had raised. */
export async function lowerSessions(trx: AuthDatabase, userId: string, factorId: string, now: Date): Promise<void> {
  const lowered = await trx
    .updateTable('auth.sessions')
    .set({ aal: 'aal1', factor_id: null, updated_at: now })
    .where('user_id', '=', userId)
    .where('factor_id', '=', factorId)
    .returning('id')
    .execute()
  if (lowered.length === 0) return
  await trx
    .deleteFrom('auth.mfa_amr_claims')
    .where(
      'session_id',
      'in',
      lowered.map(({ id }) => id),
    )
    .where('authentication_method', 'in', ['totp', 'mfa/phone', 'mfa/webauthn'])
    .execute()
}
