import type { AuthContext } from '../context.ts'
import type { AuthDatabase } from '../database/index.ts'
import {
  assertMailDue,
  clearOneTimeTokens,
  createMailLink,
  emailChangeMail,
  type Mail,
  storeOneTimeToken,
} from '../mail/index.ts'
import type { User } from '../users/index.ts'

/**
 * Stores a wanted address, and answers the mails to send once that is committed: to the new address and, where
 * changes are confirmed twice, to the old one.
 */
export async function requestEmailChange(
  { settings, clock }: Pick<AuthContext, 'settings' | 'clock'>,
  trx: AuthDatabase,
  user: User,
  newEmail: string,
  redirectTo: string,
): Promise<readonly Mail[]> {
  const now = clock()
  assertMailDue(user.email_change_sent_at, settings.email.mailInterval, now)
  const linkFor = (address: string) => createMailLink(settings, { type: 'email_change', address, redirectTo })
  const atNew = linkFor(newEmail)
  const atOld = settings.email.confirmChangeTwice && user.email ? linkFor(user.email) : undefined

  await trx
    .updateTable('auth.users')
    .set({
      email_change: newEmail,
      email_change_token_new: atNew.hash,
      email_change_token_current: atOld?.hash ?? '',
      email_change_confirm_status: 0,
      email_change_sent_at: now,
      updated_at: now,
    })
    .where('id', '=', user.id)
    .execute()
  const userId = user.id
  await clearOneTimeTokens(trx, userId, 'email_change_token_current')
  const tokenAtNew = { userId, type: 'email_change_token_new', hash: atNew.hash, relatesTo: newEmail } as const
  await storeOneTimeToken(trx, tokenAtNew, now)
  if (!atOld || !user.email) return [emailChangeMail(newEmail, { newEmail, link: atNew.url })]

  const tokenAtOld = { userId, type: 'email_change_token_current', hash: atOld.hash, relatesTo: user.email } as const
  await storeOneTimeToken(trx, tokenAtOld, now)
  return [
    emailChangeMail(newEmail, { newEmail, link: atNew.url }),
    emailChangeMail(user.email, { newEmail, link: atOld.url }),
  ]
}
