import { Hono } from 'hono'
import { z } from 'zod'
import { type ResendType, recover, resend } from '../account/index.ts'
import { AuthError } from '../auth-error.ts'
import type { AuthContext } from '../context.ts'
import { sendOtp } from '../sign-in/index.ts'
import { readChannel } from '../sms/index.ts'
import { parseEmailAddress, readContact } from '../users/index.ts'
import { clientInfo } from './client-info.ts'
import { challengeFields, challengeOf, optionalObject, text } from './fields.ts'
import { limit, requirePerson } from './guard.ts'
import { readBody } from './read-body.ts'
import { redirectTarget } from './redirect-target.ts'

const otpBody = z.object({
  ...{ email: text, phone: text, data: optionalObject, channel: text, create_user: z.boolean().nullish() },
  ...challengeFields,
})
const recoverBody = z.object({ email: text, ...challengeFields })
const resendBody = z.object({ type: text, email: text, phone: text, ...challengeFields })

const resendTypes: readonly string[] = ['signup', 'email_change', 'sms', 'phone_change'] satisfies ResendType[]

/** `/otp`, `/magiclink`, `/recover` and `/resend`: what sends a link or a code, and says nothing about accounts. */
export function oneTimeRoutes(ctx: AuthContext): Hono {
  const routes = new Hono()

  for (const [path, kind] of [
    ['/otp', 'otp'],
    ['/magiclink', 'magic-link'],
  ] as const) {
    routes.post(path, async (c) => {
      const request = c.req.raw
      await limit(ctx, kind, c)
      await requirePerson(ctx, c)
      const { data = {}, channel, create_user: createUser, ...body } = await readBody(request, otpBody)
      const contact = readContact(body, '')
      if (!contact) throw path === '/otp' ? invalid('One of email or phone must be set') : addressNeeded()
      if (contact.kind === 'email' && channel !== '') throw invalid('Channel should only be specified with Phone OTP')
      const to = { contact, channel: readChannel(ctx, channel), challenge: challengeOf(body) }
      const wanted = { ...to, data, createUser: createUser ?? true, redirectTo: redirectTarget(request, ctx.settings) }
      return sent(await sendOtp(ctx, wanted, clientInfo(request)))
    })
  }

  routes.post('/recover', async (c) => {
    const request = c.req.raw
    await limit(ctx, 'recover', c)
    await requirePerson(ctx, c)
    const { email, ...body } = await readBody(request, recoverBody)
    if (email === '') throw invalid(recoveryNeedsAddress)
    const challenge = challengeOf(body)
    const wanted = { email: parseEmailAddress(email), challenge, redirectTo: redirectTarget(request, ctx.settings) }
    await recover(ctx, wanted, clientInfo(request))
    return sent('')
  })

  routes.post('/resend', async (c) => {
    const request = c.req.raw
    await limit(ctx, 'resend', c)
    await requirePerson(ctx, c)
    const { type, ...body } = await readBody(request, resendBody)
    if (!isResendType(type)) throw invalid(`Missing one of these types: ${resendTypes.join(', ')}`)
    if (type === 'signup' && body.email === '') throw invalid('Type provided requires an email address')
    if (type === 'sms' && body.phone === '') throw invalid('Type provided requires a phone number')
    const contact = readContact(body, '.')
    if (!contact) throw invalid('Missing email address or phone number')
    assertKindOpen(ctx, contact.kind)
    const wanted = { type, contact, challenge: challengeOf(body), redirectTo: redirectTarget(request, ctx.settings) }
    return sent(await resend(ctx, wanted, clientInfo(request)))
  })

  return routes
}

function assertKindOpen({ settings }: AuthContext, kind: 'email' | 'phone'): void {
  if (kind === 'email' && !settings.email.enabled) {
    throw new AuthError(400, 'email_provider_disabled', 'Email logins are disabled')
  }
  if (kind === 'phone' && !settings.sms.enabled) {
    throw new AuthError(400, 'phone_provider_disabled', 'Phone logins are disabled')
  }
}

const recoveryNeedsAddress = 'Password recovery requires an email'

/** The older way to ask for a link says it in the words of a recovery. */
function addressNeeded(): AuthError {
  return new AuthError(422, 'validation_failed', recoveryNeedsAddress)
}

function isResendType(type: string): type is ResendType {
  return resendTypes.includes(type)
}

function sent(messageId: string): Response {
  return Response.json(messageId === '' ? {} : { message_id: messageId })
}

function invalid(message: string): AuthError {
  return new AuthError(400, 'validation_failed', message)
}
