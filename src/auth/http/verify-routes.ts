import { Hono } from 'hono'
import { z } from 'zod'
import { AuthError } from '../auth-error.ts'
import { pkcePrefix } from '../codes/index.ts'
import type { AuthContext } from '../context.ts'
import { parseEmailAddress, parsePhoneNumber } from '../users/index.ts'
import { type Verification, type Verified, verify } from '../verify/index.ts'
import { clientInfo } from './client-info.ts'
import { errorResponse } from './error-response.ts'
import { text } from './fields.ts'
import { limit } from './guard.ts'
import { readBody } from './read-body.ts'
import { redirectTarget } from './redirect-target.ts'
import { errorFields, sessionFragment } from './redirects.ts'

const verifyBody = z.object({ type: text, token: text, token_hash: text, email: text, phone: text, redirect_to: text })

const firstOfTwo = 'Confirmation link accepted. Please proceed to confirm link sent to the other email'

/** `/verify`: a link of a mail, followed in a browser (GET), or what an app was given (POST). */
export function verifyRoutes(ctx: AuthContext): Hono {
  const routes = new Hono()

  routes.use('/verify', async (c, next) => {
    await limit(ctx, 'verify', c)
    await next()
  })

  routes.get('/verify', async ({ req: { raw: request } }) => {
    const query = new URL(request.url).searchParams
    const type = query.get('type') ?? ''
    const hash = query.get('token') ?? ''
    if (type === '') throw invalid('Verify requires a verification type')
    if (hash === '') throw invalid('Verify requires a token or a token hash')
    const target = redirectTarget(request, ctx.settings)
    const isPkce = hash.startsWith(pkcePrefix)
    try {
      const proof = { kind: 'token', hash } as const
      return redirectTo(target, await verify(ctx, { type, proof }, clientInfo(request), 'redirect'), isPkce)
    } catch (error) {
      if (!(error instanceof AuthError)) throw error
      if (error.status >= 500) errorResponse(error, request, ctx.observe)
      return redirect(target, errorFields(error), isPkce)
    }
  })

  routes.post('/verify', async ({ req: { raw: request } }) => {
    const asked = readVerification(await readBody(request, verifyBody))
    const verified = await verify(ctx, asked, clientInfo(request), 'answer')
    return Response.json(verified.kind === 'session' ? verified.session : { msg: firstOfTwo, code: '200' })
  })

  return routes
}

function readVerification(body: z.output<typeof verifyBody>): Verification {
  const { type, token, token_hash: hash, email, phone } = body
  if (type === '') throw invalid('Verify requires a verification type')
  if ((token === '') === (hash === '')) throw invalid('Verify requires either a token or a token hash')
  if (hash !== '') {
    if (email !== '' || phone !== '' || body.redirect_to !== '') {
      throw invalid('Only the token_hash and type should be provided')
    }
    return { type, proof: { kind: 'token', hash } }
  }
  if ((email === '') === (phone === '')) {
    throw invalid('Only an email address or phone number should be provided on verify')
  }
  return phone === ''
    ? { type, proof: { kind: 'code', by: 'email', address: readAddress(email), code: token } }
    : { type, proof: { kind: 'code', by: 'phone', address: parsePhoneNumber(phone), code: token } }
}

function readAddress(email: string): string {
  try {
    return parseEmailAddress(email)
  } catch (cause) {
    throw new AuthError(422, 'validation_failed', 'Invalid email format', { cause })
  }
}

function redirectTo(target: string, verified: Verified, isPkce: boolean): Response {
  switch (verified.kind) {
    case 'session':
      return redirect(target, { ...sessionFragment(verified.session), type: verified.type }, false)
    case 'first-of-two':
      return redirect(target, { message: firstOfTwo }, isPkce)
    case 'code': {
      const url = new URL(target)
      url.searchParams.set('code', verified.code)
      return new Response(null, { status: 303, headers: { location: url.href } })
    }
  }
}

/** What is said stands in the fragment; for clients that use PKCE, which look there, in the query as well. */
function redirect(target: string, said: Record<string, string>, inQuery: boolean): Response {
  const url = new URL(target)
  if (inQuery) for (const [name, value] of Object.entries(said)) url.searchParams.set(name, value)
  // The empty `sb` tells clients that this service wrote the fragment.
  url.hash = new URLSearchParams({ ...said, sb: '' }).toString()
  return new Response(null, { status: 303, headers: { location: url.href } })
}

function invalid(message: string): AuthError {
  return new AuthError(400, 'validation_failed', message)
}
