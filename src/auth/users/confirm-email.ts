import { clearOneTimeTokens } from '../codes/index.ts'
import type { AuthDatabase } from '../database/index.ts'
import { putIdentity, recordProviders } from './identities.ts'
import { mergeMetadata } from './metadata.ts'
import type { User } from './select-user.ts'

/** Marks the user's address as confirmed; tokens sent before serve no longer. */
export async function confirmEmail(trx: AuthDatabase, userId: string, now: Date): Promise<void> {
  await trx
    .updateTable('auth.users')
    .set({
      confirmation_token: '',
      recovery_token: '',
      email_confirmed_at: now,
      raw_user_meta_data: mergeMetadata('raw_user_meta_data', { email_verified: true }),
      updated_at: now,
    })
    .where('id', '=', userId)
    .execute()
  await clearOneTimeTokens(trx, userId)
}

/** Makes a confirmed new address the user's own; an anonymous user becomes a permanent one. */
export async function replaceEmail(trx: AuthDatabase, user: User, email: string, now: Date): Promise<void> {
  await trx
    .updateTable('auth.users')
    .set({
      email,
      email_change: '',
      email_change_token_current: '',
      email_change_token_new: '',
      email_change_confirm_status: 0,
      is_anonymous: false,
      updated_at: now,
    })
    .where('id', '=', user.id)
    .execute()
  await putIdentity(trx, user.id, 'email', { email, email_verified: true }, now)
  await recordProviders(trx, user.id)
  if (user.email_confirmed_at === null) await confirmEmail(trx, user.id, now)
  else await clearOneTimeTokens(trx, user.id)
}
