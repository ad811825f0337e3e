import { recordEvent } from '../audit/index.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import type { AuthDatabase } from '../database/index.ts'
import { deliver, type LetterRequest, type RequestLetter, writeLetter } from '../mail/index.ts'
import { type Channel, deliverText, type Text, writeText } from '../sms/index.ts'
import type { Contact, User } from '../users/index.ts'

/** What is sent to a contact once the transaction is committed. */
export type Message = { readonly letter: RequestLetter } | { readonly text: Text }

export interface ConfirmationRequest extends LetterRequest {
  readonly contact: Contact
  readonly channel: Channel
}

/** Stores a new confirmation token, and answers the mail or message that carries it. */
export async function requestConfirmation(
  ctx: AuthContext,
  trx: AuthDatabase,
  user: User,
  { contact: { kind, address }, channel, ...request }: ConfirmationRequest,
  client: ClientInfo,
): Promise<Message> {
  const traits = { provider: kind }
  await recordEvent(trx, { action: 'user_confirmation_requested', actor: user, client, traits }, ctx.clock())
  return kind === 'email'
    ? { letter: await writeLetter(ctx, trx, 'confirmation', { ...user, email: address }, request) }
    : { text: await writeText(ctx, trx, user, { kind: 'confirmation', phone: address, channel }) }
}

/** Sends what was written, and answers the id of a text message; empty for a mail. */
export async function dispatchMessage(ctx: AuthContext, message: Message, client: ClientInfo): Promise<string> {
  if ('text' in message) return await deliverText(ctx, message.text, client)
  await deliver(ctx, [message.letter], client)
  return ''
}
