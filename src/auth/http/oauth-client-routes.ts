import { Hono } from 'hono'
import { AuthError } from '../auth-error.ts'
import type { AuthContext } from '../context.ts'
import {
  type Client,
  clientBody,
  deleteClient,
  findClient,
  listClients,
  presentClient,
  regenerateSecret,
  registerClient,
  updateClient,
} from '../oauth-server/index.ts'
import { isUuid } from '../uuid.ts'
import { requireAdmin } from './authenticate.ts'
import { readBody } from './read-body.ts'

/** `/admin/oauth/clients`; after {@link oauthServerRoutes}, which say whether there is such a thing. */
export function oauthClientRoutes(ctx: AuthContext): Hono {
  const routes = new Hono()
  routes.use('/admin/oauth/*', async ({ req }, next) => {
    await requireAdmin(ctx, req.raw)
    await next()
  })

  async function requireKnown(id: string): Promise<Client> {
    if (!isUuid(id)) throw new AuthError(400, 'validation_failed', 'invalid client_id format')
    const client = await findClient(ctx.db, id)
    if (client) return client
    throw new AuthError(404, 'oauth_client_not_found', 'OAuth client not found')
  }

  routes.get('/admin/oauth/clients', async () => Response.json({ clients: await listClients(ctx) }))
  routes.post('/admin/oauth/clients', async ({ req }) =>
    Response.json(await registerClient(ctx, await readBody(req.raw, clientBody), 'manual'), { status: 201 }),
  )
  routes.get('/admin/oauth/clients/:id', async ({ req }) =>
    Response.json(presentClient(await requireKnown(req.param('id')))),
  )
  routes.put('/admin/oauth/clients/:id', async ({ req }) => {
    const client = await requireKnown(req.param('id'))
    return Response.json(await updateClient(ctx, client, await readBody(req.raw, clientBody)))
  })
  routes.delete('/admin/oauth/clients/:id', async ({ req }) => {
    await deleteClient(ctx, await requireKnown(req.param('id')))
    return new Response(null, { status: 204 })
  })
  routes.post('/admin/oauth/clients/:id/regenerate_secret', async ({ req }) =>
    Response.json(await regenerateSecret(ctx, await requireKnown(req.param('id')))),
  )
  return routes
}
