import { AuthError } from '../auth-error.ts'
import { allowAnother } from '../codes/index.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import { everyone } from '../limits/index.ts'
import { presentUser } from '../users/index.ts'
import type { Message } from './messenger.ts'
import type { Text } from './write-text.ts'

/** Sends a message once what it tells of is committed, and answers the provider's id of it. */
export async function deliverText(
  ctx: Carrying & Pick<AuthContext, 'db'>,
  { purpose, user, token, message }: Text,
  client: ClientInfo,
): Promise<string> {
  if (!message) return 'test-otp'
  return await carry(ctx, { purpose, user, message }, client).catch(async (error: unknown) => {
    if (token) await allowAnother(ctx.db, user.id, token)
    throw error
  })
}

type Carrying = Pick<AuthContext, 'messenger' | 'hooks' | 'limits' | 'observe'>

async function carry(
  { messenger, hooks, limits, observe }: Carrying,
  { purpose, user, message }: Pick<Text, 'purpose' | 'user'> & { readonly message: Message },
  client: ClientInfo,
): Promise<string> {
  await limits.take('text', everyone)
  if (hooks.has('sendSms')) {
    const sms = { otp: message.code, ...(purpose === 'mfa' && { sms_type: 'mfa' }), phone: message.phone }
    await hooks.ask('sendSms', { input: { user: presentUser(user), sms }, client })
    return ''
  }
  if (!messenger) throw new AuthError(500, 'unexpected_failure', 'Unable to get SMS provider')
  try {
    return await messenger.send(message)
  } catch (error) {
    observe({ kind: 'message', level: 'error', text: `the ${purpose} message could not be sent`, error })
    throw new AuthError(422, 'sms_send_failed', `Error sending ${purpose} OTP to provider`, { cause: error })
  }
}
