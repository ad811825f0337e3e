import { Hono } from 'hono'
import { z } from 'zod'
import { AuthError } from '../auth-error.ts'
import type { AuthContext } from '../context.ts'
import { signInWithIdToken } from '../external/index.ts'
import { refreshSession } from '../sessions/index.ts'
import { exchangeCode, signInAnonymously, signInWithPassword, signUp } from '../sign-in/index.ts'
import { readChannel } from '../sms/index.ts'
import { readContact } from '../users/index.ts'
import { assertWeb3Enabled, signInWithWeb3 } from '../web3/index.ts'
import { requireUser } from './authenticate.ts'
import { clientInfo } from './client-info.ts'
import { challengeFields, challengeOf, flag, optionalObject, text } from './fields.ts'
import { limit, requirePerson } from './guard.ts'
import { readBody } from './read-body.ts'
import { redirectTarget } from './redirect-target.ts'

const signUpBody = z.object({
  ...{ email: text, phone: text, password: text, data: optionalObject, channel: text },
  ...challengeFields,
})
const passwordBody = z.object({ email: text, phone: text, password: text })
const refreshBody = z.object({ refresh_token: text })
const idTokenBody = z.object({
  ...{ id_token: text, access_token: text, nonce: text, provider: text, client_id: text, issuer: text },
  link_identity: flag,
})
const web3Body = z.object({ message: text, signature: text, chain: text })
const codeBody = z.object({ auth_code: text, code_verifier: text })

/** `/signup` and `/token`: everything that answers a session. */
export function signInRoutes(ctx: AuthContext): Hono {
  const routes = new Hono()

  routes.post('/signup', async (c) => {
    const request = c.req.raw
    await requirePerson(ctx, c)
    const { password, data = {}, channel, ...body } = await readBody(request, signUpBody)
    const client = clientInfo(request)
    const isNamed = body.email !== '' || body.phone !== ''
    if (isNamed || ctx.settings.anonymousSignIn) await limit(ctx, isNamed ? 'sign-up' : 'anonymous', c)
    const contact = readContact(body, ' on signup.')
    if (!contact) return Response.json(await signInAnonymously(ctx, data, client))
    const account = { contact, password, data, channel: readChannel(ctx, channel), challenge: challengeOf(body) }
    const redirectTo = redirectTarget(request, ctx.settings)
    return Response.json(await signUp(ctx, { ...account, redirectTo }, client))
  })

  routes.post('/token', async (c) => {
    const request = c.req.raw
    const client = clientInfo(request)
    const grantType = c.req.query('grant_type')
    await limit(ctx, grantType === 'web3' ? 'web3' : 'token', c)
    switch (grantType) {
      case 'password': {
        await requirePerson(ctx, c)
        const { email, phone, password } = await readBody(request, passwordBody)
        if (email !== '' && phone !== '') {
          throw invalid('Only an email address or phone number should be provided on login.')
        }
        if (email === '' && phone === '') throw invalid('missing email or phone')
        return Response.json(await signInWithPassword(ctx, { email, phone, password }, client))
      }
      case 'refresh_token': {
        const { refresh_token: token } = await readBody(request, refreshBody)
        return Response.json(await refreshSession(ctx, token, client))
      }
      case 'pkce': {
        const { auth_code: code, code_verifier: verifier } = await readBody(request, codeBody)
        return Response.json(await exchangeCode(ctx, { code, verifier }, client))
      }
      case 'id_token':
        return Response.json(await withIdToken(ctx, request))
      case 'web3': {
        await requirePerson(ctx, c)
        assertWeb3Enabled(ctx)
        return Response.json(await signInWithWeb3(ctx, await readBody(request, web3Body), client))
      }
      default:
        throw new AuthError(400, 'invalid_credentials', 'unsupported_grant_type')
    }
  })

  return routes
}

async function withIdToken(ctx: AuthContext, request: Request) {
  const body = await readBody(request, idTokenBody)
  const linkTo = body.link_identity ? await requireUser(ctx, request) : undefined
  if (linkTo && !ctx.settings.manualLinking) {
    throw new AuthError(404, 'manual_linking_disabled', 'Manual linking is disabled')
  }
  const { id_token: idToken, access_token: accessToken, client_id: clientId, nonce, provider, issuer } = body
  return await signInWithIdToken(
    ctx,
    { idToken, accessToken, clientId, nonce, provider, issuer, linkTo },
    clientInfo(request),
  )
}

function invalid(message: string): AuthError {
  return new AuthError(400, 'validation_failed', message)
}
