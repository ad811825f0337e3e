import type { AuthContext } from '../context.ts'
import type { AuthDatabase } from '../database/index.ts'
import { assertMailDue, confirmationMail, createMailLink, type Mail, storeOneTimeToken } from '../mail/index.ts'

export interface Unconfirmed {
  readonly userId: string
  readonly email: string
  readonly lastSentAt: Date | null
  readonly redirectTo: string
}

/** Stores a new confirmation token, and answers the mail to send once that is committed. */
export async function requestConfirmation(
  { settings, clock }: Pick<AuthContext, 'settings' | 'clock'>,
  trx: AuthDatabase,
  { userId, email, lastSentAt, redirectTo }: Unconfirmed,
): Promise<Mail> {
  const now = clock()
  assertMailDue(lastSentAt, settings.email.mailInterval, now)
  const { hash, url } = createMailLink(settings, { type: 'signup', address: email, redirectTo })
  await trx
    .updateTable('auth.users')
    .set({ confirmation_token: hash, confirmation_sent_at: now, updated_at: now })
    .where('id', '=', userId)
    .execute()
  await storeOneTimeToken(trx, { userId, type: 'confirmation_token', hash, relatesTo: email }, now)
  return confirmationMail(email, url)
}
