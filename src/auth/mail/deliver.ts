import { AuthError } from '../auth-error.ts'
import type { AuthContext } from '../context.ts'
import type { Letter, NotificationLetter } from './letter.ts'

/**
 * Sends letters once the transaction that they tell of is committed, so that no connection waits for a mail server.
 * Where that fails, the request does too; asking again sends again.
 */
export async function deliver(ctx: Post, letters: readonly Letter[]): Promise<void> {
  const [first] = letters
  if (!first) return
  const purpose = first.kind.replaceAll('_', ' ')
  try {
    for (const letter of letters) await send(ctx, letter)
  } catch (error) {
    ctx.observe({ kind: 'message', level: 'error', text: `the ${purpose} mail could not be sent`, error })
    throw new AuthError(500, 'unexpected_failure', `Error sending ${purpose} email`, { cause: error })
  }
}

/** Tells a user what was done, where the project wants that. What was done stays done when the mail fails. */
export async function notify(ctx: Post, letter: NotificationLetter): Promise<void> {
  if (!ctx.settings.templates[letter.kind]?.enabled || letter.to === '') return
  await send(ctx, letter).catch((error: unknown) => {
    const text = `the ${letter.kind.replaceAll('_', ' ')} mail could not be sent`
    ctx.observe({ kind: 'message', level: 'warn', text, error })
  })
}

type Post = Pick<AuthContext, 'mailer' | 'compose' | 'observe' | 'settings'>

async function send({ mailer, compose, observe }: Post, letter: Letter): Promise<void> {
  const mail = compose(letter)
  await mailer.send(mail)
  // Not its subject, which may hold a code.
  observe({ kind: 'mail', to: mail.to, subject: letter.kind })
}
