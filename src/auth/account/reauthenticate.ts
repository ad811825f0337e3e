import { recordEvent } from '../audit/index.ts'
import { AuthError } from '../auth-error.ts'
import { clearOneTimeTokens } from '../codes/index.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import type { AuthDatabase } from '../database/index.ts'
import { writeLetter } from '../mail/index.ts'
import { dispatchMessage, type Message } from '../sign-in/index.ts'
import { checksCodes, isCodeOfProvider, writeText } from '../sms/index.ts'
import { lockUser, type User } from '../users/index.ts'

/**
 * Sends a signed-in user the code (nonce) that changing the password of an older session needs. Answers the id of a
 * text message; empty for a mail.
 */
export async function sendReauthenticationCode(ctx: AuthContext, { id }: User, client: ClientInfo): Promise<string> {
  const message = await ctx.db.transaction().execute(async (trx) => {
    const user = await lockUser(trx, id)
    if (!user) throw new AuthError(403, 'user_not_found', 'User from sub claim in JWT does not exist')
    const message = await write(ctx, trx, user)
    await recordEvent(trx, { action: 'user_reauthenticate_requested', actor: user, client }, ctx.clock())
    return message
  })
  return await dispatchMessage(ctx, message, client)
}

async function write(ctx: AuthContext, trx: AuthDatabase, user: User): Promise<Message> {
  const { email, phone } = user
  if (email) {
    if (!user.email_confirmed_at) throw new AuthError(422, 'email_not_confirmed', 'Please verify your email first.')
    return { letter: await writeLetter(ctx, trx, 'reauthentication', { ...user, email }, { redirectTo: '' }) }
  }
  if (phone) {
    if (!user.phone_confirmed_at) throw new AuthError(422, 'phone_not_confirmed', 'Please verify your phone first.')
    return { text: await writeText(ctx, trx, user, { kind: 'reauthentication', phone, channel: 'sms' }) }
  }
  const message = 'Reauthentication requires the user to have an email or a phone number'
  throw new AuthError(400, 'validation_failed', message)
}

/** As for a sign-in: what the provider says of a code that it made; undefined for a code of this service. */
export async function askProvider(
  ctx: Pick<AuthContext, 'messenger' | 'hooks' | 'settings' | 'observe'>,
  { email, phone, reauthentication_token: token }: User,
  nonce: string,
): Promise<boolean | undefined> {
  if (email || !phone || !checksCodes(ctx) || ctx.settings.sms.testCodes.has(phone)) return undefined
  return Boolean(token) && (await isCodeOfProvider(ctx, phone, nonce))
}

/**
 * Whether the nonce is the code last sent to the user, and not too old. Any try uses the code up: it guards a
 * password. The caller commits, also when the answer is no.
 */
export async function spendNonce(
  { settings, clock, codes }: Pick<AuthContext, 'settings' | 'clock' | 'codes'>,
  trx: AuthDatabase,
  user: User,
  { nonce, approved }: { readonly nonce: string; readonly approved: boolean | undefined },
): Promise<boolean> {
  const token = user.reauthentication_token
  const sentAt = user.reauthentication_sent_at
  if (!token || !sentAt) return false
  await trx.updateTable('auth.users').set({ reauthentication_token: '' }).where('id', '=', user.id).execute()
  await clearOneTimeTokens(trx, user.id, 'reauthentication_token')
  const { otpExpiry, otpLength } = user.email ? settings.email : settings.sms
  const expired = clock().getTime() > sentAt.getTime() + otpExpiry * 1000
  if (approved !== undefined) return !expired && approved
  const isTestCode = !user.email && settings.sms.testCodes.get(user.phone ?? '') === nonce
  return (
    !expired &&
    (isTestCode || codes.guess(token, nonce, { digits: otpLength, address: user.email || user.phone || '' }))
  )
}
