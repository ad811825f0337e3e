import { Hono } from 'hono'
import { z } from 'zod'
import { AuthError } from '../auth-error.ts'
import type { AuthContext } from '../context.ts'
import { challengeFactor, enrollFactor, type FactorType, unenrollFactor, verifyFactor } from '../factors/index.ts'
import { readChannel } from '../sms/index.ts'
import { isUuid } from '../uuid.ts'
import { requirePermanent } from './authenticate.ts'
import { clientInfo } from './client-info.ts'
import { optionalObject, text } from './fields.ts'
import { limit } from './guard.ts'
import { readBody, readOptionalBody } from './read-body.ts'

const enrollBody = z.object({ factor_type: text, friendly_name: text, issuer: text, phone: text })
const challengeBody = z.object({ channel: text })
const verifyBody = z.object({
  challenge_id: text,
  code: text,
  webauthn: z.object({ type: text, credential_response: optionalObject }).nullish(),
})

const types: readonly string[] = ['totp', 'phone', 'webauthn'] satisfies FactorType[]

/** `/factors`: the second factors of whoever asks. */
export function factorRoutes(ctx: AuthContext): Hono {
  const routes = new Hono()

  routes.post('/factors', async ({ req: { raw: request } }) => {
    const signedIn = await requirePermanent(ctx, request)
    const { factor_type: type, friendly_name: friendlyName, issuer, phone } = await readBody(request, enrollBody)
    if (!isFactorType(type)) throw invalid('factor_type needs to be totp, phone, or webauthn')
    const wanted = { type, friendlyName, issuer, phone }
    return Response.json(await enrollFactor(ctx, signedIn, wanted, clientInfo(request)))
  })

  routes.post('/factors/:id/challenge', async (c) => {
    const { req } = c
    const signedIn = await requirePermanent(ctx, req.raw)
    await limit(ctx, 'factor-challenge', c)
    const factorId = readId(req.param('id'))
    const { channel } = await readOptionalBody(req.raw, challengeBody)
    const wanted = { factorId, channel: readChannel(ctx, channel) }
    return Response.json(await challengeFactor(ctx, signedIn, wanted, clientInfo(req.raw)))
  })

  routes.post('/factors/:id/verify', async (c) => {
    const { req } = c
    const signedIn = await requirePermanent(ctx, req.raw)
    await limit(ctx, 'factor-verify', c)
    const factorId = readId(req.param('id'))
    const { challenge_id: challengeId, code, webauthn } = await readBody(req.raw, verifyBody)
    const response = webauthn?.credential_response
    const answer = webauthn && response ? { type: webauthn.type, response } : undefined
    const proof = { factorId, challengeId, code, webauthn: answer }
    return Response.json(await verifyFactor(ctx, signedIn, proof, clientInfo(req.raw)))
  })

  routes.delete('/factors/:id', async ({ req }) => {
    const signedIn = await requirePermanent(ctx, req.raw)
    const id = readId(req.param('id'))
    await unenrollFactor(ctx, signedIn, id, clientInfo(req.raw))
    return Response.json({ id })
  })

  return routes
}

function isFactorType(type: string): type is FactorType {
  return types.includes(type)
}

function readId(id: string): string {
  if (isUuid(id)) return id
  throw new AuthError(404, 'validation_failed', 'factor_id must be an UUID')
}

function invalid(message: string): AuthError {
  return new AuthError(400, 'validation_failed', message)
}
