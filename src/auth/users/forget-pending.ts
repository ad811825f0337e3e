import { clearOneTimeTokens } from '../codes/index.ts'
import type { AuthDatabase } from '../database/index.ts'

/** Makes every link and code worthless that is on its way to a user, and forgets the changes that they were to confirm. */
export async function forgetPending(trx: AuthDatabase, userId: string): Promise<void> {
  await trx
    .updateTable('auth.users')
    .set({
      ...{ confirmation_token: '', confirmation_sent_at: null },
      ...{ recovery_token: '', recovery_sent_at: null },
      ...{ email_change: '', email_change_token_current: '', email_change_token_new: '', email_change_sent_at: null },
      email_change_confirm_status: 0,
      ...{ phone_change: '', phone_change_token: '', phone_change_sent_at: null },
      ...{ reauthentication_token: '', reauthentication_sent_at: null },
    })
    .where('id', '=', userId)
    .execute()
  await clearOneTimeTokens(trx, userId)
}
