import { Hono } from 'hono'
import { z } from 'zod'
import { AuthError } from '../auth-error.ts'
import type { AuthContext } from '../context.ts'
import { chooseRedirect } from '../mail/index.ts'
import {
  beginAuthorization,
  type ClientProof,
  clientBody,
  decideAuthorization,
  grantTokens,
  listGrants,
  registerClient,
  requireClient,
  revokeGrant,
  showAuthorization,
  userInfo,
} from '../oauth-server/index.ts'
import { isUuid } from '../uuid.ts'
import { requireUser, requireUserOrClient } from './authenticate.ts'
import { clientInfo } from './client-info.ts'
import { text } from './fields.ts'
import { limit } from './guard.ts'
import { oauthMetadata } from './oauth-metadata.ts'
import { readBody } from './read-body.ts'
import { queryOf, readForm } from './read-form.ts'

const consentBody = z.object({ action: text })
const tokenBody = z.record(z.string(), z.unknown())

/** This service as one that other applications sign people in with: OAuth 2.1 and OpenID Connect. */
export function oauthServerRoutes(ctx: AuthContext): Hono {
  const routes = new Hono()
  const { oauthServer } = ctx.settings
  for (const path of ['/oauth/*', '/user/oauth/*', '/admin/oauth/*', '/.well-known/oauth-authorization-server']) {
    routes.use(path, async (_c, next) => {
      if (!oauthServer.enabled) throw new AuthError(404, 'feature_disabled', 'OAuth server is disabled')
      await next()
    })
  }

  for (const path of ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']) {
    routes.get(path, () => Response.json(oauthMetadata(ctx), { headers: { 'cache-control': 'public, max-age=600' } }))
  }

  routes.get('/oauth/authorize', async ({ req }) => {
    const { href } = await beginAuthorization(ctx, queryOf(req.raw))
    return new Response(null, { status: 302, headers: { location: href } })
  })
  routes.get('/oauth/authorizations/:id', async ({ req }) => {
    assertOwnPage(ctx, req.raw)
    return Response.json(await showAuthorization(ctx, await requireUser(ctx, req.raw), req.param('id')))
  })
  routes.post('/oauth/authorizations/:id/consent', async ({ req }) => {
    assertOwnPage(ctx, req.raw)
    const signedIn = await requireUser(ctx, req.raw)
    const { action } = await readBody(req.raw, consentBody)
    return Response.json(await decideAuthorization(ctx, signedIn, req.param('id'), action))
  })

  routes.post('/oauth/token', async (c) => {
    await limit(ctx, 'token', c)
    const form = await readFields(c.req.raw)
    const proof = proofOf(c.req.raw, form)
    if (proof.id === '') {
      throw new AuthError(400, 'invalid_credentials', 'Invalid client credentials: client_id is required')
    }
    const client = await requireClient(ctx, proof)
    return Response.json(await grantTokens(ctx, client, form, clientInfo(c.req.raw)))
  })
  routes.get('/oauth/userinfo', async ({ req }) =>
    Response.json(await userInfo(ctx, await requireUserOrClient(ctx, req.raw))),
  )

  routes.post('/oauth/clients/register', async (c) => {
    await limit(ctx, 'client-registration', c)
    if (!oauthServer.dynamicRegistration) {
      const message = 'Dynamic client registration is not enabled'
      throw new AuthError(403, 'oauth_dynamic_client_registration_disabled', message)
    }
    const client = await registerClient(ctx, await readBody(c.req.raw, clientBody), 'dynamic')
    return Response.json(client, { status: 201 })
  })

  routes.get('/user/oauth/grants', async ({ req }) =>
    Response.json(await listGrants(ctx, await requireUser(ctx, req.raw))),
  )
  routes.delete('/user/oauth/grants', async ({ req }) => {
    const signedIn = await requireUser(ctx, req.raw)
    const id = req.query('client_id') ?? ''
    if (id === '') throw invalid('client_id query parameter is required')
    if (!isUuid(id)) throw invalid('invalid client_id format')
    await revokeGrant(ctx, signedIn, id, clientInfo(req.raw))
    return new Response(null, { status: 204 })
  })
  return routes
}

/** A page that asks for consent is the project's own. */
function assertOwnPage({ settings }: AuthContext, { headers }: Request): void {
  const origin = headers.get('origin')
  if (!origin || new URL(chooseRedirect(origin, settings)).origin === origin) return
  throw invalid('unauthorized request origin')
}

async function readFields(request: Request): Promise<URLSearchParams> {
  if (!/^application\/json\s*(?:;|$)/i.test(request.headers.get('content-type') ?? '')) return await readForm(request)
  const fields = Object.entries(await readBody(request, tokenBody))
  return new URLSearchParams(fields.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])))
}

function proofOf({ headers }: Request, form: URLSearchParams): ClientProof {
  const [, basic] = /^basic (\S+)$/i.exec(headers.get('authorization') ?? '') ?? []
  if (basic !== undefined) {
    const [id = '', secret = ''] = Buffer.from(basic, 'base64').toString('utf8').split(/:(.*)/s)
    return { id, secret, method: 'client_secret_basic' }
  }
  const secret = form.get('client_secret') ?? ''
  return { id: form.get('client_id') ?? '', secret, method: secret === '' ? 'none' : 'client_secret_post' }
}

function invalid(message: string): AuthError {
  return new AuthError(400, 'validation_failed', message)
}
