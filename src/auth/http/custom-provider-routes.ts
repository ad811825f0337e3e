import { Hono } from 'hono'
import { z } from 'zod'
import type { AuthContext } from '../context.ts'
import {
  createCustomProvider,
  deleteCustomProvider,
  listCustomProviders,
  presentCustomProvider,
  readCustomProvider,
  updateCustomProvider,
} from '../custom-providers/index.ts'
import { optionalFlag, optionalObject, optionalText, optionalTexts, text } from './fields.ts'
import { readBody } from './read-body.ts'

const providerBody = z.object({
  ...{ provider_type: text, identifier: text, name: text, client_id: text, client_secret: text },
  ...{ acceptable_client_ids: optionalTexts, scopes: optionalTexts, custom_claims_allowlist: optionalTexts },
  ...{ attribute_mapping: optionalObject, authorization_params: optionalObject },
  ...{
    pkce_enabled: optionalFlag,
    enabled: optionalFlag,
    email_optional: optionalFlag,
    skip_nonce_check: optionalFlag,
  },
  ...{ issuer: text, discovery_url: optionalText, authorization_url: text, token_url: text, userinfo_url: text },
  jwks_uri: text,
})

/** `/admin/custom-providers`: services that people may sign in with, added while the project runs. Mount it behind the guard of `/admin`. */
export function customProviderRoutes(ctx: AuthContext): Hono {
  const routes = new Hono()

  routes.get('/admin/custom-providers', async ({ req }) => {
    const providers = await listCustomProviders(ctx, req.query('type') ?? '')
    return Response.json({ providers: providers.map(presentCustomProvider) })
  })
  routes.post('/admin/custom-providers', async ({ req }) => {
    const provider = await createCustomProvider(ctx, await readBody(req.raw, providerBody))
    return Response.json(presentCustomProvider(provider), { status: 201 })
  })
  routes.get('/admin/custom-providers/:identifier', async ({ req }) =>
    Response.json(presentCustomProvider(await readCustomProvider(ctx, req.param('identifier')))),
  )
  routes.put('/admin/custom-providers/:identifier', async ({ req }) => {
    const request = await readBody(req.raw, providerBody)
    return Response.json(presentCustomProvider(await updateCustomProvider(ctx, req.param('identifier'), request)))
  })
  routes.delete('/admin/custom-providers/:identifier', async ({ req }) => {
    await deleteCustomProvider(ctx, req.param('identifier'))
    return new Response(null, { status: 204 })
  })
  return routes
}
