import { Hono } from 'hono'
import { z } from 'zod'
import { sendReauthenticationCode, updateUser } from '../account/index.ts'
import { AuthError } from '../auth-error.ts'
import type { AuthContext } from '../context.ts'
import { endSessions, type SignOutScope } from '../sessions/index.ts'
import { presentUser } from '../users/index.ts'
import { requireUser } from './authenticate.ts'
import { optionalObject, optionalText, text } from './fields.ts'
import { readBody } from './read-body.ts'
import { redirectTarget } from './redirect-target.ts'

const changesBody = z.object({
  email: text,
  phone: text,
  password: optionalText,
  nonce: text,
  data: optionalObject,
  app_metadata: optionalObject,
})

const scopes: readonly string[] = ['global', 'local', 'others'] satisfies SignOutScope[]

/** What a signed-in user may do: `/user`, `/logout` and `/reauthenticate`. */
export function userRoutes(ctx: AuthContext): Hono {
  const routes = new Hono()

  routes.get('/user', async ({ req }) => Response.json(presentUser((await requireUser(ctx, req.raw)).user)))

  routes.put('/user', async ({ req: { raw: request } }) => {
    const signedIn = await requireUser(ctx, request)
    const { app_metadata: appMetadata, ...changes } = await readBody(request, changesBody)
    const redirectTo = redirectTarget(request, ctx.settings)
    return Response.json(await updateUser(ctx, signedIn, { ...changes, appMetadata, redirectTo }))
  })

  routes.post('/logout', async ({ req }) => {
    const { user, session } = await requireUser(ctx, req.raw)
    await endSessions(ctx.db, user.id, readScope(req.query('scope') || 'global'), session?.id)
    return new Response(null, { status: 204 })
  })

  routes.get('/reauthenticate', async ({ req }) => {
    const { user } = await requireUser(ctx, req.raw)
    await sendReauthenticationCode(ctx, user)
    return Response.json({})
  })

  return routes
}

function readScope(scope: string): SignOutScope {
  if (scopes.includes(scope)) return scope as SignOutScope
  throw new AuthError(400, 'validation_failed', `Unsupported logout scope ${JSON.stringify(scope)}`)
}
