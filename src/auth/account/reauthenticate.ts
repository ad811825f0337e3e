import { timingSafeEqual } from 'node:crypto'
import { AuthError } from '../auth-error.ts'
import type { AuthContext } from '../context.ts'
import type { AuthDatabase } from '../database/index.ts'
import {
  assertMailDue,
  clearOneTimeTokens,
  deliver,
  hashCode,
  reauthenticationMail,
  storeOneTimeToken,
} from '../mail/index.ts'
import { randomDigits } from '../random.ts'
import { lockUser, type User } from '../users/index.ts'

/** Mails a signed-in user the code (nonce) that changing the password of an older session needs. */
export async function sendReauthenticationCode(ctx: AuthContext, { id }: User): Promise<void> {
  const { settings } = ctx
  const mail = await ctx.db.transaction().execute(async (trx) => {
    const now = ctx.clock()
    const user = await lockUser(trx, id)
    if (!user?.email) {
      const message = 'Reauthentication requires the user to have an email or a phone number'
      throw new AuthError(400, 'validation_failed', message)
    }
    if (!user.email_confirmed_at) throw new AuthError(422, 'email_not_confirmed', 'Please verify your email first.')
    assertMailDue(user.reauthentication_sent_at, settings.email.mailInterval, now)
    const code = randomDigits(settings.email.otpLength)
    const hash = hashCode(user.email, code)
    await trx
      .updateTable('auth.users')
      .set({ reauthentication_token: hash, reauthentication_sent_at: now, updated_at: now })
      .where('id', '=', id)
      .execute()
    await storeOneTimeToken(trx, { userId: id, type: 'reauthentication_token', hash, relatesTo: user.email }, now)
    return reauthenticationMail(user.email, code)
  })
  await deliver(ctx, [mail], 'reauthentication')
}

/**
 * Whether the nonce is the code last sent to the user, and not too old. Any try uses the code up: six digits must
 * not be tried out. The caller commits, also when the answer is no.
 */
export async function spendNonce(
  { settings, clock }: Pick<AuthContext, 'settings' | 'clock'>,
  trx: AuthDatabase,
  user: User,
  nonce: string,
): Promise<boolean> {
  const expected = user.reauthentication_token
  const sentAt = user.reauthentication_sent_at
  if (!expected || !sentAt || !user.email) return false
  await trx.updateTable('auth.users').set({ reauthentication_token: '' }).where('id', '=', user.id).execute()
  await clearOneTimeTokens(trx, user.id, 'reauthentication_token')
  const expired = clock().getTime() > sentAt.getTime() + settings.email.otpExpiry * 1000
  return !expired && sameText(hashCode(user.email, nonce), expected)
}

function sameText(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}
