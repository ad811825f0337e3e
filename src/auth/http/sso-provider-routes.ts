import { Hono } from 'hono'
import { z } from 'zod'
import type { AuthContext } from '../context.ts'
import {
  createSsoProvider,
  deleteSsoProvider,
  listSsoProviders,
  presentSsoProvider,
  requireSsoProvider,
  updateSsoProvider,
} from '../sso/index.ts'
import { optionalFlag, optionalText, optionalTexts, text } from './fields.ts'
import { readBody } from './read-body.ts'
import { queryOf } from './read-form.ts'

const attribute = z.object({
  name: optionalText,
  names: optionalTexts,
  default: z.unknown().optional(),
  array: optionalFlag,
})

const providerBody = z.object({
  ...{ type: text, metadata_url: text, metadata_xml: text, domains: optionalTexts },
  ...{ name_id_format: optionalText, resource_id: optionalText, disabled: optionalFlag },
  attribute_mapping: z
    .object({ keys: z.record(z.string(), attribute).nullish() })
    .nullish()
    .transform((mapping) => mapping && { keys: mapping.keys ?? undefined }),
})

const whole = { withMetadata: true }

/** `/admin/sso/providers`: the identity providers of organisations. Mount it behind the guard of `/admin`. */
export function ssoProviderRoutes(ctx: AuthContext): Hono {
  const routes = new Hono()
  const readRequest = async (request: Request) => {
    const { attribute_mapping: mapping, ...body } = await readBody(request, providerBody)
    return { ...body, attribute_mapping: mapping ?? undefined }
  }

  routes.get('/admin/sso/providers', async ({ req }) => {
    const query = queryOf(req.raw)
    const named = { resourceId: query.get('resource_id') ?? '', prefix: query.get('resource_id_prefix') ?? '' }
    const providers = await listSsoProviders(ctx, named)
    return Response.json({ items: providers.map((one) => presentSsoProvider(one, { withMetadata: false })) })
  })
  routes.post('/admin/sso/providers', async ({ req }) => {
    const provider = await createSsoProvider(ctx, await readRequest(req.raw))
    return Response.json(presentSsoProvider(provider, whole), { status: 201 })
  })
  routes.get('/admin/sso/providers/:id', async ({ req }) =>
    Response.json(presentSsoProvider(await requireSsoProvider(ctx, req.param('id')), whole)),
  )
  routes.put('/admin/sso/providers/:id', async ({ req }) => {
    const provider = await updateSsoProvider(ctx, req.param('id'), await readRequest(req.raw))
    return Response.json(presentSsoProvider(provider, whole))
  })
  routes.delete('/admin/sso/providers/:id', async ({ req }) =>
    Response.json(presentSsoProvider(await deleteSsoProvider(ctx, req.param('id')), whole)),
  )
  return routes
}
