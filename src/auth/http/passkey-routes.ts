import { Hono } from 'hono'
import { z } from 'zod'
import { AuthError } from '../auth-error.ts'
import type { AuthContext } from '../context.ts'
import {
  beginAuthentication,
  beginRegistration,
  finishAuthentication,
  finishRegistration,
  listPasskeys,
  removePasskey,
  renamePasskey,
} from '../passkeys/index.ts'
import { isUuid } from '../uuid.ts'
import { requirePermanent, requireUser } from './authenticate.ts'
import { clientInfo } from './client-info.ts'
import { optionalObject, text } from './fields.ts'
import { limit, requirePerson } from './guard.ts'
import { readBody } from './read-body.ts'

const answerBody = z.object({ challenge_id: text, credential: optionalObject })
const nameBody = z.object({ friendly_name: text })

/** `/passkeys`: to add them to an account, and to sign in with them. */
export function passkeyRoutes(ctx: AuthContext): Hono {
  const routes = new Hono()
  for (const path of ['/passkeys', '/passkeys/*']) {
    routes.use(path, async (_c, next) => {
      if (!ctx.settings.passkeys) throw new AuthError(404, 'passkey_disabled', 'Passkeys are disabled')
      await next()
    })
  }

  routes.post('/passkeys/registration/options', async ({ req }) =>
    Response.json(await beginRegistration(ctx, await requirePermanent(ctx, req.raw))),
  )
  routes.post('/passkeys/registration/verify', async ({ req: { raw: request } }) => {
    const signedIn = await requirePermanent(ctx, request)
    return Response.json(await finishRegistration(ctx, signedIn, await readAnswer(request), clientInfo(request)))
  })
  routes.post('/passkeys/authentication/options', async (c) => {
    await limit(ctx, 'passkey', c)
    await requirePerson(ctx, c)
    return Response.json(await beginAuthentication(ctx))
  })
  routes.post('/passkeys/authentication/verify', async ({ req: { raw: request } }) =>
    Response.json(await finishAuthentication(ctx, await readAnswer(request), clientInfo(request))),
  )

  routes.get('/passkeys', async ({ req }) => {
    const { user } = await requireUser(ctx, req.raw)
    return Response.json(await listPasskeys(ctx, user.id))
  })
  routes.patch('/passkeys/:id', async ({ req }) => {
    const signedIn = await requireUser(ctx, req.raw)
    const id = readId(req.param('id'))
    const { friendly_name: name } = await readBody(req.raw, nameBody)
    const wanted = { id, name }
    return Response.json(await renamePasskey(ctx, signedIn, wanted, clientInfo(req.raw)))
  })
  routes.delete('/passkeys/:id', async ({ req }) => {
    const signedIn = await requireUser(ctx, req.raw)
    await removePasskey(ctx, signedIn, readId(req.param('id')), clientInfo(req.raw))
    return new Response(null, { status: 204 })
  })
  return routes
}

async function readAnswer(request: Request) {
  const { challenge_id: challengeId, credential: response } = await readBody(request, answerBody)
  if (challengeId === '') throw invalid('challenge_id is required')
  if (!response) throw invalid('credential is required')
  if (!isUuid(challengeId)) throw invalid('challenge_id must be a valid UUID')
  return { challengeId, response }
}

function readId(id: string): string {
  if (isUuid(id)) return id
  throw new AuthError(404, 'validation_failed', 'Passkey not found')
}

function invalid(message: string): AuthError {
  return new AuthError(400, 'validation_failed', message)
}
