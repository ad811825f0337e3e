import { Hono } from 'hono'
import { z } from 'zod'
import { AuthError } from '../auth-error.ts'
import type { AuthContext } from '../context.ts'
import { refreshSession } from '../sessions/index.ts'
import { signInAnonymously, signInWithPassword, signUp } from '../sign-in/index.ts'
import { clientInfo } from './client-info.ts'
import { optionalObject, text } from './fields.ts'
import { readBody } from './read-body.ts'
import { redirectTarget } from './redirect-target.ts'

const signUpBody = z.object({ email: text, phone: text, password: text, data: optionalObject })
const passwordBody = z.object({ email: text, phone: text, password: text })
const refreshBody = z.object({ refresh_token: text })

/** `/signup` and `/token`: everything that answers a session. */
export function signInRoutes(ctx: AuthContext): Hono {
  const routes = new Hono()

  routes.post('/signup', async ({ req: { raw: request } }) => {
    const { email, phone, password, data = {} } = await readBody(request, signUpBody)
    const client = clientInfo(request)
    if (email === '' && phone === '') return Response.json(await signInAnonymously(ctx, data, client))
    if (phone !== '') throw refusePhone(email, 'signup')
    const redirectTo = redirectTarget(request, ctx.settings)
    return Response.json(await signUp(ctx, { email, password, data, redirectTo }, client))
  })

  routes.post('/token', async ({ req: { raw: request } }) => {
    const client = clientInfo(request)
    switch (new URL(request.url).searchParams.get('grant_type')) {
      case 'password': {
        const { email, phone, password } = await readBody(request, passwordBody)
        if (phone !== '') throw refusePhone(email, 'login')
        if (email === '') throw new AuthError(400, 'validation_failed', 'missing email or phone')
        return Response.json(await signInWithPassword(ctx, { email, password }, client))
      }
      case 'refresh_token': {
        const { refresh_token: token } = await readBody(request, refreshBody)
        return Response.json(await refreshSession(ctx, token, client))
      }
      case 'pkce':
        throw new AuthError(404, 'flow_state_not_found', 'invalid flow state, no valid flow state found')
      case 'id_token':
        throw new AuthError(400, 'provider_disabled', 'No provider of ID tokens is enabled')
      case 'web3':
        throw new AuthError(422, 'web3_provider_disabled', 'Web3 provider is disabled')
      default:
        throw new AuthError(400, 'invalid_credentials', 'unsupported_grant_type')
    }
  })

  return routes
}

function refusePhone(email: string, purpose: 'signup' | 'login'): AuthError {
  if (email !== '') {
    const message = `Only an email address or phone number should be provided on ${purpose}.`
    return new AuthError(400, 'validation_failed', message)
  }
  return purpose === 'signup'
    ? new AuthError(400, 'phone_provider_disabled', 'Phone signups are disabled')
    : new AuthError(422, 'phone_provider_disabled', 'Phone logins are disabled')
}
