import type { AuthContext, ClientInfo } from '../context.ts'
import type { AuthDatabase } from '../database/index.ts'
import { deliver, type LetterRequest, type RequestLetter, writeEmailChangeLetters } from '../mail/index.ts'
import { dispatchMessage, type Message, requestConfirmation } from '../sign-in/index.ts'
import { writeText } from '../sms/index.ts'
import { type Contact, findUserByContact, isConfirmed, lockUser, type User } from '../users/index.ts'

export type ResendType = 'signup' | 'email_change' | 'sms' | 'phone_change'

export interface ResendRequest extends LetterRequest {
  readonly type: ResendType
  readonly contact: Contact
}

/**
 * Sends what is still to be confirmed again. Answers the id of a text message; empty for a mail, and where there is
 * nothing to send, of which nothing is said.
 */
export async function resend(ctx: AuthContext, request: ResendRequest, client: ClientInfo): Promise<string> {
  const { contact, type } = request
  const { email, sms } = ctx.settings
  const interval = contact.kind === 'email' ? email.mailInterval : sms.interval
  const purpose = type === 'signup' || type === 'sms' ? 'confirmation' : type
  return await ctx.discretion.about({ contact, purpose, interval }, async () => {
    const sending = await ctx.db.transaction().execute(async (trx) => {
      const found = await findUserByContact(trx, contact)
      const user = found && (await lockUser(trx, found.id))
      return user && (await write(ctx, trx, user, request, client))
    })
    if (!sending) return { was: 'silent', value: '' }
    if (!('letters' in sending)) return { was: 'sent', value: await dispatchMessage(ctx, sending, client) }
    await deliver(ctx, sending.letters, client)
    return { was: 'sent', value: '' }
  })
}

async function write(
  ctx: AuthContext,
  trx: AuthDatabase,
  user: User,
  { type, contact, ...request }: ResendRequest,
  client: ClientInfo,
): Promise<Message | { readonly letters: readonly RequestLetter[] } | undefined> {
  switch (type) {
    case 'signup':
    case 'sms':
      if (isConfirmed(user, contact.kind) || (type === 'sms') !== (contact.kind === 'phone')) return undefined
      return await requestConfirmation(ctx, trx, user, { contact, channel: 'sms', ...request }, client)
    case 'email_change':
      if (!user.email_change) return undefined
      return { letters: await writeEmailChangeLetters(ctx, trx, user, user.email_change, request) }
    case 'phone_change': {
      if (!user.phone_change) return undefined
      const change = { kind: 'phone_change', phone: user.phone_change, channel: 'sms' } as const
      return { text: await writeText(ctx, trx, user, change) }
    }
  }
}
