import { type Context, Hono } from 'hono'
import { AuthError } from '../auth-error.ts'
import type { AuthContext } from '../context.ts'
import {
  beginExternal,
  type ExternalRequest,
  type Finished,
  type Flow,
  findFlow,
  finishExternal,
} from '../external/index.ts'
import { requireUser } from './authenticate.ts'
import { clientInfo } from './client-info.ts'
import { errorResponse } from './error-response.ts'
import { challengeOf } from './fields.ts'
import { queryOf, readForm } from './read-form.ts'
import { redirectTarget } from './redirect-target.ts'
import { errorRedirect, sessionFragment } from './redirects.ts'

/** What this service itself tells a provider; a client must not overrule it. */
const reserved = new Set([
  ...['client_id', 'client_secret', 'redirect_uri', 'response_type', 'response_mode', 'scope', 'scopes', 'state'],
  ...['nonce', 'code_challenge', 'code_challenge_method', 'code', 'request', 'request_uri', 'provider'],
  ...['redirect_to', 'invite_token', 'skip_http_redirect', 'apikey'],
])

/** `/authorize` and `/callback`: signing in by way of another service, and adding an identity of one. */
export function externalRoutes(ctx: AuthContext): Hono {
  const routes = new Hono()

  routes.get('/authorize', async ({ req }) => found(await beginExternal(ctx, readRequest(ctx, req.raw, undefined))))

  routes.get('/user/identities/authorize', async ({ req }) => {
    const { user } = await requireUser(ctx, req.raw)
    if (!ctx.settings.manualLinking) throw new AuthError(404, 'manual_linking_disabled', 'Manual linking is disabled')
    const url = await beginExternal(ctx, readRequest(ctx, req.raw, user.id))
    return req.query('skip_http_redirect') === 'true' ? Response.json({ url: url.href }) : found(url)
  })

  const callback = async (c: Context, parameters: URLSearchParams) => {
    const client = clientInfo(c.req.raw)
    let flow: Flow | undefined
    try {
      flow = await findFlow(ctx, parameters.get('state') ?? '')
      const target = flow.referrer || ctx.settings.siteUrl
      return found(arrival(target, await finishExternal(ctx, flow, parameters, client)))
    } catch (error) {
      // A browser is on its way: it ends up where it was going, which is told what went wrong.
      const known = error instanceof AuthError ? error : new AuthError(500, 'unexpected_failure', 'Unexpected failure')
      if (known.status >= 500) errorResponse(error, c.req.raw, ctx.observe)
      return errorRedirect(flow?.referrer || ctx.settings.siteUrl, known, flow ? 302 : 303)
    }
  }
  routes.get('/callback', (c) => callback(c, queryOf(c.req.raw)))
  routes.post('/callback', async (c) => await callback(c, await readForm(c.req.raw)))

  return routes
}

function readRequest(ctx: AuthContext, request: Request, linkingTarget: string | undefined): ExternalRequest {
  const query = queryOf(request)
  const text = (name: string) => query.get(name) ?? ''
  const allowed = [...query].filter(([name]) => !reserved.has(name.toLowerCase()))
  // WorkOS' own `provider` cannot have its name here: https://workos.com/docs/reference/sso/get-authorization-url
  const extra = Object.fromEntries(
    allowed.map(([name, value]) => [name === 'workos_provider' ? 'provider' : name, value]),
  )
  const challenge = { code_challenge: text('code_challenge'), code_challenge_method: text('code_challenge_method') }
  return {
    provider: text('provider'),
    scopes: text('scopes')
      .split(/[\s,]+/)
      .filter((scope) => scope !== ''),
    extra,
    redirectTo: redirectTarget(request, ctx.settings),
    challenge: challengeOf(challenge),
    inviteToken: text('invite_token'),
    linkingTarget,
  }
}

function arrival(target: string, finished: Finished): URL {
  const url = new URL(target)
  if (finished.kind === 'code') {
    url.searchParams.set('code', finished.code)
    return url
  }
  const { accessToken, refreshToken } = finished.tokens
  url.hash = new URLSearchParams({
    ...sessionFragment(finished.session),
    provider_token: accessToken,
    ...(refreshToken !== undefined && { provider_refresh_token: refreshToken }),
    sb: '',
  }).toString()
  return url
}

function found(url: URL): Response {
  return new Response(null, { status: 302, headers: { location: url.href } })
}
