import { recordEvent } from '../audit/index.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import { deliver, type LetterRequest, writeLetter } from '../mail/index.ts'
import { findUserByEmail, lockUser } from '../users/index.ts'

/** Mails a link that signs in, to choose a new password. Says nothing about whether there is such a user. */
export async function recover(
  ctx: AuthContext,
  { email, ...request }: LetterRequest & { readonly email: string },
  client: ClientInfo,
): Promise<void> {
  const contact = { kind: 'email', address: email } as const
  const about = { contact, purpose: 'recovery', interval: ctx.settings.email.mailInterval }
  await ctx.discretion.about(about, async () => {
    const letter = await ctx.db.transaction().execute(async (trx) => {
      const found = await findUserByEmail(trx, email)
      const user = found && (await lockUser(trx, found.id))
      if (!user) return undefined
      await recordEvent(trx, { action: 'user_recovery_requested', actor: user, client }, ctx.clock())
      return await writeLetter(ctx, trx, 'recovery', { ...user, email }, request)
    })
    if (letter) await deliver(ctx, [letter], client)
    return { was: letter ? 'sent' : 'silent', value: undefined }
  })
}
