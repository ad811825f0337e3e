import { AuthError } from '../auth-error.ts'
import { assertDue, issueToken } from '../codes/index.ts'
import type { AuthContext } from '../context.ts'
import type { AuthDatabase, OneTimeTokenType } from '../database/index.ts'
import type { User } from '../users/index.ts'
import type { Channel, Message } from './messenger.ts'

const kinds = {
  confirmation: { token: 'confirmation_token', lastSent: (user: User) => user.confirmation_sent_at },
  phone_change: { token: 'phone_change_token', lastSent: (user: User) => user.phone_change_sent_at },
  reauthentication: { token: 'reauthentication_token', lastSent: (user: User) => user.reauthentication_sent_at },
} as const satisfies Record<string, { token: OneTimeTokenType; lastSent: (user: User) => Date | null }>

/** What a message is about. */
export type TextKind = keyof typeof kinds

/** A message to send once its token is committed. */
export interface Text {
  readonly purpose: TextKind | 'mfa'
  readonly user: User
  /** The token that its code stands for; undefined where it is a challenge's. */
  readonly token: OneTimeTokenType | undefined
  /** Undefined where the number has a fixed code for tests: nothing is sent then. */
  readonly message: Message | undefined
}

/** Stores a new token for a number, and answers the message that carries its code. */
export async function writeText(
  { settings, clock, codes }: Pick<AuthContext, 'settings' | 'clock' | 'codes'>,
  trx: AuthDatabase,
  user: User,
  { kind, phone, channel }: { readonly kind: TextKind; readonly phone: string; readonly channel: Channel },
): Promise<Text> {
  const now = clock()
  const { token, lastSent } = kinds[kind]
  assertDue('over_sms_send_rate_limit', lastSent(user), settings.sms.interval, now)
  if (kind === 'phone_change') {
    await trx.updateTable('auth.users').set({ phone_change: phone }).where('id', '=', user.id).execute()
  }
  const hash = await issueToken(codes, trx, { userId: user.id, type: token, address: phone, flow: 'implicit' }, now)
  if (settings.sms.testCodes.has(phone)) return { purpose: kind, user, token, message: undefined }
  const code = codes.codeOf(hash, settings.sms.otpLength)
  return { purpose: kind, user, token, message: { phone, channel, code, text: settings.sms.render(code) } }
}

/** Throws for a way of sending that the provider does not have. */
export function readChannel({ messenger }: Pick<AuthContext, 'messenger'>, channel: string): Channel {
  if (channel === '' || channel === 'sms') return 'sms'
  if (channel === 'whatsapp' && messenger?.channels.includes(channel)) return channel
  const supported = "supported values are 'sms' or 'whatsapp'. 'whatsapp' is only supported if Twilio or Twilio Verify"
  throw new AuthError(400, 'validation_failed', `Invalid channel, ${supported} is used as the provider.`)
}
