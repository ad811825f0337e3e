import { AuthError } from '../auth-error.ts'
import type { AuthContext } from '../context.ts'
import { nilUuid } from '../users/index.ts'
import type { LongRefreshToken } from './long-refresh-token.ts'

/**
 * Makes the longer token of a session that moved here one like the others: it is stored, once, and from then on the
 * session goes on with tokens of this service. One whose key its old home encrypted stays unknown. A token that is not
 * the session's last was spent where it came from: whoever shows it ends the session.
 */
export async function adoptRefreshToken(
  { db, settings, clock }: Pick<AuthContext, 'db' | 'settings' | 'clock'>,
  text: string,
  token: LongRefreshToken,
): Promise<void> {
  const { sessionId } = token
  const outcome = await db.transaction().execute(async (trx) => {
    const session = await trx
      .selectFrom('auth.sessions')
      .select(['user_id', 'refresh_token_hmac_key as key', 'refresh_token_counter as counter'])
      .where('id', '=', sessionId)
      .forUpdate()
      .executeTakeFirst()
    if (!session?.key || session.counter === null || !/^[\w-]{43}$/.test(session.key)) return 'unknown'
    if (!token.isSignedWith(Buffer.from(session.key, 'base64url'))) return 'unknown'
    if (token.counter > BigInt(session.counter)) return 'ahead'
    if (token.counter < BigInt(session.counter)) {
      if (settings.refreshTokens.rotation) await trx.deleteFrom('auth.sessions').where('id', '=', sessionId).execute()
      return 'spent'
    }
    const now = clock()
    await trx
      .insertInto('auth.refresh_tokens')
      .values({
        ...{ instance_id: nilUuid, token: text, user_id: session.user_id, session_id: sessionId },
        ...{ parent: '', revoked: false, created_at: now, updated_at: now },
      })
      .execute()
    await trx
      .updateTable('auth.sessions')
      .set({ refresh_token_hmac_key: null, refresh_token_counter: null })
      .where('id', '=', sessionId)
      .execute()
    return 'adopted'
  })
  if (outcome === 'spent') {
    throw new AuthError(400, 'refresh_token_already_used', 'Invalid Refresh Token: Already Used')
  }
  if (outcome === 'ahead') {
    throw new AuthError(400, 'validation_failed', 'Invalid Refresh Token: Not Issued By This Server')
  }
}
