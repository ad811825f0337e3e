import { clearOneTimeTokens } from '../codes/index.ts'
import type { AuthDatabase } from '../database/index.ts'

/** Replaces a password. Whatever was mailed before may have been asked for by someone else, and serves no longer. */
export async function setPassword(trx: AuthDatabase, userId: string, hash: string, now: Date): Promise<void> {
  await trx
    .updateTable('auth.users')
    .set({
      encrypted_password: hash,
      confirmation_token: '',
      confirmation_sent_at: null,
      recovery_token: '',
      recovery_sent_at: null,
      email_change_token_current: '',
      email_change_token_new: '',
      email_change_sent_at: null,
      phone_change_token: '',
      phone_change_sent_at: null,
      reauthentication_token: '',
      reauthentication_sent_at: null,
      updated_at: now,
    })
    .where('id', '=', userId)
    .execute()
  await clearOneTimeTokens(trx, userId)
}
