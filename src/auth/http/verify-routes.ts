import { Hono } from 'hono'
import { z } from 'zod'
import { verifyLink } from '../account/index.ts'
import { AuthError } from '../auth-error.ts'
import type { AuthContext } from '../context.ts'
import { hashCode } from '../mail/index.ts'
import type { SessionResponse } from '../sessions/index.ts'
import { parseEmailAddress } from '../users/index.ts'
import { clientInfo } from './client-info.ts'
import { errorResponse } from './error-response.ts'
import { text } from './fields.ts'
import { readBody } from './read-body.ts'
import { redirectTarget } from './redirect-target.ts'

const verifyBody = z.object({ type: text, token: text, token_hash: text, email: text })

const firstOfTwo = 'Confirmation link accepted. Please proceed to confirm link sent to the other email'

/** `/verify`: a link of a mail, followed in a browser (GET) or handed in by an app (POST). */
export function verifyRoutes(ctx: AuthContext): Hono {
  const routes = new Hono()

  routes.get('/verify', async ({ req: { raw: request } }) => {
    const query = new URL(request.url).searchParams
    const type = query.get('type') ?? ''
    const tokenHash = query.get('token') ?? ''
    if (type === '') throw invalid('Verify requires a verification type')
    if (tokenHash === '') throw invalid('Verify requires a token or a token hash')
    const target = redirectTarget(request, ctx.settings)
    try {
      const session = await verifyLink(ctx, { type, tokenHash }, clientInfo(request))
      return redirect(target, session ? sessionFragment(session, type) : { message: firstOfTwo })
    } catch (error) {
      if (!(error instanceof AuthError)) throw error
      if (error.status >= 500) errorResponse(error, request, ctx.observe)
      return redirect(target, errorFragment(error))
    }
  })

  routes.post('/verify', async ({ req: { raw: request } }) => {
    const { type, token, token_hash, email } = await readBody(request, verifyBody)
    if (type === '') throw invalid('Verify requires a verification type')
    if ((token === '') === (token_hash === '')) throw invalid('Verify requires either a token or a token hash')
    const tokenHash = token === '' ? token_hash : hashCode(parseEmailAddress(email), token)
    const session = await verifyLink(ctx, { type, tokenHash }, clientInfo(request))
    return Response.json(session ?? { msg: firstOfTwo, code: '200' })
  })

  return routes
}

/** The implicit flow: tokens travel in the fragment, which browsers do not send to servers. */
function sessionFragment(session: SessionResponse, type: string): Record<string, string> {
  return {
    access_token: session.access_token,
    expires_at: String(session.expires_at),
    expires_in: String(session.expires_in),
    refresh_token: session.refresh_token,
    token_type: session.token_type,
    type,
  }
}

function errorFragment({ status, code, message }: AuthError): Record<string, string> {
  const error = oauthErrors[status]
  return { ...(error && { error }), error_code: code, error_description: message }
}

/** OAuth's names for statuses (RFC 6749, section 4.1.2.1), as GoTrue maps them. */
const oauthErrors: Readonly<Record<number, string>> = {
  400: 'invalid_request',
  401: 'unauthorized_client',
  403: 'access_denied',
  500: 'server_error',
  503: 'temporarily_unavailable',
}

function redirect(target: string, fragment: Record<string, string>): Response {
  const url = new URL(target)
  // The empty `sb` tells clients that this service wrote the fragment.
  url.hash = new URLSearchParams({ ...fragment, sb: '' }).toString()
  return new Response(null, { status: 303, headers: { location: url.href } })
}

function invalid(message: string): AuthError {
  return new AuthError(400, 'validation_failed', message)
}
