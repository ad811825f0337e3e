import { Hono } from 'hono'
import { z } from 'zod'
import { AuthError } from '../auth-error.ts'
import type { AuthContext } from '../context.ts'
import { deleteFactor, updateFactor } from '../factors/index.ts'
import { listPasskeys, removePasskeyAsAdmin } from '../passkeys/index.ts'
import { findUserById, presentUser } from '../users/index.ts'
import { isUuid } from '../uuid.ts'
import { requireAdmin } from './authenticate.ts'
import { clientInfo } from './client-info.ts'
import { text } from './fields.ts'
import { readBody } from './read-body.ts'

const factorBody = z.object({ friendly_name: text, phone: text })

/** Users' factors and passkeys under `/admin`: for whoever helps people that lost theirs. */
export function adminFactorRoutes(ctx: AuthContext): Hono {
  const routes = new Hono()
  routes.use('/admin/users/:user/*', async ({ req }, next) => {
    await requireAdmin(ctx, req.raw)
    await next()
  })

  async function requireKnown(id: string) {
    if (!isUuid(id)) throw new AuthError(404, 'validation_failed', 'user_id must be an UUID')
    const user = await findUserById(ctx.db, id)
    if (user) return user
    throw new AuthError(404, 'user_not_found', 'User not found')
  }

  routes.get('/admin/users/:user/factors', async ({ req }) => {
    const user = await requireKnown(req.param('user'))
    return Response.json(presentUser(user).factors ?? [])
  })
  routes.put('/admin/users/:user/factors/:factor', async ({ req }) => {
    const { id: userId } = await requireKnown(req.param('user'))
    const factorId = req.param('factor')
    if (!isUuid(factorId)) throw new AuthError(404, 'validation_failed', 'factor_id must be an UUID')
    const { friendly_name: friendlyName, phone } = await readBody(req.raw, factorBody)
    await updateFactor(ctx, { userId, factorId, friendlyName, phone }, clientInfo(req.raw))
    const { factors } = presentUser(await requireKnown(userId))
    return Response.json(factors?.find(({ id }) => id === factorId))
  })
  routes.delete('/admin/users/:user/factors/:factor', async ({ req }) => {
    const { id: userId } = await requireKnown(req.param('user'))
    const factorId = req.param('factor')
    if (!isUuid(factorId)) throw new AuthError(404, 'validation_failed', 'factor_id must be an UUID')
    const { id } = await deleteFactor(ctx, { userId, factorId }, clientInfo(req.raw))
    return Response.json({ id })
  })

  routes.get('/admin/users/:user/passkeys', async ({ req }) => {
    const { id } = await requireKnown(req.param('user'))
    return Response.json(await listPasskeys(ctx, id))
  })
  routes.delete('/admin/users/:user/passkeys/:passkey', async ({ req }) => {
    const { id: userId } = await requireKnown(req.param('user'))
    const id = req.param('passkey')
    if (!isUuid(id)) throw new AuthError(404, 'validation_failed', 'Passkey not found')
    await removePasskeyAsAdmin(ctx, { userId, id }, clientInfo(req.raw))
    return new Response(null, { status: 204 })
  })
  return routes
}
