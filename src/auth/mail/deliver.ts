import { AuthError } from '../auth-error.ts'
import { allowAnother } from '../codes/index.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import { everyone } from '../limits/index.ts'
import { presentUser } from '../users/index.ts'
import { emailData } from './email-data.ts'
import type { Letter, NotificationLetter, RequestLetter } from './letter.ts'

/**
 * Sends letters once the transaction that they tell of is committed, so that no connection waits for a mail server.
 * Where that fails, the request does too; asking again sends again.
 */
export async function deliver(
  ctx: Post & Pick<AuthContext, 'db'>,
  letters: readonly RequestLetter[],
  client: ClientInfo,
): Promise<void> {
  const [first] = letters
  if (!first) return
  await post(ctx, first, letters, client).catch(async (error: unknown) => {
    for (const { user, token } of letters) await allowAnother(ctx.db, user.id, token.type)
    throw error
  })
}

async function post(ctx: Post, first: Letter, letters: readonly Letter[], client: ClientInfo): Promise<void> {
  if (!ctx.settings.email.autoconfirm || ctx.settings.rateLimits.emailSent === 0)
    await ctx.limits.take('mail', everyone)
  if (ctx.hooks.has('sendEmail')) return await handOver(ctx, letters, client)
  const purpose = first.kind.replaceAll('_', ' ')
  try {
    for (const letter of letters) await send(ctx, letter)
  } catch (error) {
    ctx.observe({ kind: 'message', level: 'error', text: `the ${purpose} mail could not be sent`, error })
    throw new AuthError(500, 'unexpected_failure', `Error sending ${purpose} email`, { cause: error })
  }
}

/** Tells a user what was done, where the project wants that. What was done stays done when the mail fails. */
export async function notify(ctx: Post, letter: NotificationLetter, client: ClientInfo): Promise<void> {
  if (!ctx.settings.templates[letter.kind]?.enabled || letter.to === '') return
  const sent = ctx.hooks.has('sendEmail') ? handOver(ctx, [letter], client) : send(ctx, letter)
  await sent.catch((error: unknown) => {
    const text = `the ${letter.kind.replaceAll('_', ' ')} mail could not be sent`
    ctx.observe({ kind: 'message', level: 'warn', text, error })
  })
}

type Post = Pick<AuthContext, 'mailer' | 'compose' | 'observe' | 'settings' | 'hooks' | 'limits'>

/** The project's own code sends them: it is told once, of both letters of a change of address. */
async function handOver({ hooks, settings }: Post, letters: readonly Letter[], client: ClientInfo): Promise<void> {
  const [first] = letters
  if (!first) return
  const input = { user: presentUser(first.user), email_data: emailData(letters, settings.externalUrl) }
  await hooks.ask('sendEmail', { input, client })
}

async function send({ mailer, compose, observe }: Post, letter: Letter): Promise<void> {
  const mail = compose(letter)
  await mailer.send(mail)
  // Not its subject, which may hold a code.
  observe({ kind: 'mail', to: mail.to, subject: letter.kind })
}
