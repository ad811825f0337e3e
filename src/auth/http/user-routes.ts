import { Hono } from 'hono'
import { z } from 'zod'
import { sendReauthenticationCode, unlinkIdentity, updateUser } from '../account/index.ts'
import { recordEvent } from '../audit/index.ts'
import { AuthError } from '../auth-error.ts'
import type { AuthContext } from '../context.ts'
import { endSessions, type SignOutScope } from '../sessions/index.ts'
import { readChannel } from '../sms/index.ts'
import { presentUser } from '../users/index.ts'
import { isUuid } from '../uuid.ts'
import { requireUser, requireUserOrClient } from './authenticate.ts'
import { clientInfo } from './client-info.ts'
import { challengeFields, challengeOf, optionalObject, optionalText, text } from './fields.ts'
import { limit } from './guard.ts'
import { readBody } from './read-body.ts'
import { redirectTarget } from './redirect-target.ts'

const changesBody = z.object({
  email: text,
  phone: text,
  password: optionalText,
  nonce: text,
  data: optionalObject,
  app_metadata: optionalObject,
  channel: text,
  ...challengeFields,
})

const scopes: readonly string[] = ['global', 'local', 'others'] satisfies SignOutScope[]

/** What a signed-in user may do: `/user`, `/logout` and `/reauthenticate`. */
export function userRoutes(ctx: AuthContext): Hono {
  const routes = new Hono()

  routes.get('/user', async ({ req }) => Response.json(presentUser((await requireUserOrClient(ctx, req.raw)).user)))

  routes.put('/user', async (c) => {
    const request = c.req.raw
    const signedIn = await requireUser(ctx, request)
    await limit(ctx, 'user', c)
    const { app_metadata: appMetadata, channel, ...changes } = await readBody(request, changesBody)
    const way = { channel: readChannel(ctx, channel), challenge: challengeOf(changes) }
    const wanted = { ...changes, ...way, appMetadata, redirectTo: redirectTarget(request, ctx.settings) }
    return Response.json(await updateUser(ctx, signedIn, wanted, clientInfo(request)))
  })

  routes.post('/logout', async ({ req }) => {
    const scope = readScope(req.query('scope') || 'global')
    const require = scope === 'local' ? requireUserOrClient : requireUser
    const { user, session } = await require(ctx, req.raw)
    await ctx.db.transaction().execute(async (trx) => {
      await recordEvent(trx, { action: 'logout', actor: user, client: clientInfo(req.raw) }, ctx.clock())
      await endSessions(trx, user.id, scope, session?.id)
    })
    return new Response(null, { status: 204 })
  })

  routes.get('/reauthenticate', async ({ req }) => {
    const { user } = await requireUser(ctx, req.raw)
    const messageId = await sendReauthenticationCode(ctx, user, clientInfo(req.raw))
    return Response.json(messageId === '' ? {} : { message_id: messageId })
  })

  routes.delete('/user/identities/:id', async ({ req }) => {
    const { user } = await requireUser(ctx, req.raw)
    if (!ctx.settings.manualLinking) throw new AuthError(404, 'manual_linking_disabled', 'Manual linking is disabled')
    const id = req.param('id')
    if (!isUuid(id)) throw new AuthError(404, 'validation_failed', 'identity_id must be an UUID')
    await unlinkIdentity(ctx, user, id, clientInfo(req.raw))
    return Response.json({})
  })

  return routes
}

function readScope(scope: string): SignOutScope {
  if (scopes.includes(scope)) return scope as SignOutScope
  throw new AuthError(400, 'validation_failed', `Unsupported logout scope ${JSON.stringify(scope)}`)
}
