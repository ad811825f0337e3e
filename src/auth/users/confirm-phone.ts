import { clearOneTimeTokens } from '../codes/index.ts'
import type { AuthDatabase } from '../database/index.ts'
import { putIdentity, recordProviders } from './identities.ts'
import type { User } from './select-user.ts'

/** Marks the user's number as confirmed; tokens sent before serve no longer. */
export async function confirmPhone(trx: AuthDatabase, userId: string, now: Date): Promise<void> {
  await trx
    .updateTable('auth.users')
    .set({ confirmation_token: '', phone_confirmed_at: now, is_anonymous: false, updated_at: now })
    .where('id', '=', userId)
    .execute()
  await clearOneTimeTokens(trx, userId)
}

/** Makes a confirmed new number the user's own; an anonymous user becomes a permanent one. */
export async function replacePhone(trx: AuthDatabase, user: User, phone: string, now: Date): Promise<void> {
  await trx
    .updateTable('auth.users')
    .set({
      phone,
      phone_confirmed_at: now,
      phone_change: '',
      phone_change_token: '',
      is_anonymous: false,
      updated_at: now,
    })
    .where('id', '=', user.id)
    .execute()
  await putIdentity(trx, user.id, 'phone', { phone, phone_verified: true }, now)
  await recordProviders(trx, user.id)
  await clearOneTimeTokens(trx, user.id)
}
