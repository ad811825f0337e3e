import type { Observe } from '#observe'
import { AuthError } from '../auth-error.ts'
import type { Mail, Mailer } from './mailer.ts'

/**
 * Sends mails once the transaction that they tell of is committed, so that no connection waits for a mail server.
 * Where that fails, the request does too; asking again sends again.
 */
export async function deliver(
  { mailer, observe }: { readonly mailer: Mailer; readonly observe: Observe },
  mails: readonly Mail[],
  purpose: 'confirmation' | 'email change' | 'reauthentication',
): Promise<void> {
  try {
    for (const mail of mails) {
      await mailer.send(mail)
      observe({ kind: 'mail', to: mail.to, subject: mail.subject })
    }
  } catch (error) {
    observe({ kind: 'message', level: 'error', text: `the ${purpose} mail could not be sent`, error })
    throw new AuthError(500, 'unexpected_failure', `Error sending ${purpose} email`, { cause: error })
  }
}
