import { Hono } from 'hono'
import { AuthError } from '../auth-error.ts'
import type { AuthContext } from '../context.ts'
import { adminFactorRoutes } from './admin-factor-routes.ts'
import { adminRoutes } from './admin-routes.ts'
import { customProviderRoutes } from './custom-provider-routes.ts'
import { errorResponse } from './error-response.ts'
import { externalRoutes } from './external-routes.ts'
import { factorRoutes } from './factor-routes.ts'
import { keepPrivate } from './keep-private.ts'
import { oauthClientRoutes } from './oauth-client-routes.ts'
import { oauthServerRoutes } from './oauth-server-routes.ts'
import { oneTimeRoutes } from './one-time-routes.ts'
import { passkeyRoutes } from './passkey-routes.ts'
import { publicRoutes } from './public-routes.ts'
import { signInRoutes } from './sign-in-routes.ts'
import { ssoProviderRoutes } from './sso-provider-routes.ts'
import { ssoRoutes } from './sso-routes.ts'
import { unavailableRoutes } from './unavailable-routes.ts'
import { userRoutes } from './user-routes.ts'
import { verifyRoutes } from './verify-routes.ts'

/** The Auth API, without the prefix that it is mounted at. */
export function createRoutes(ctx: AuthContext): Hono {
  const routes = new Hono({ strict: false })
  routes.onError((error, { req }) => errorResponse(error, req.raw, ctx.observe))
  routes.notFound(({ req }) => {
    const allow = methodsAt(routes, req.path)
    if (allow !== '') return new Response(null, { status: 405, headers: { allow } })
    throw new AuthError(404, 'not_found', 'There is no such endpoint')
  })
  routes.use(keepPrivate)
  routes.route('/', publicRoutes(ctx))
  routes.route('/', signInRoutes(ctx))
  routes.route('/', oneTimeRoutes(ctx))
  routes.route('/', externalRoutes(ctx))
  routes.route('/', ssoRoutes(ctx))
  routes.route('/', userRoutes(ctx))
  routes.route('/', verifyRoutes(ctx))
  routes.route('/', factorRoutes(ctx))
  routes.route('/', passkeyRoutes(ctx))
  routes.route('/', oauthServerRoutes(ctx))
  routes.route('/', oauthClientRoutes(ctx))
  routes.route('/', adminRoutes(ctx))
  routes.route('/', adminFactorRoutes(ctx))
  routes.route('/', customProviderRoutes(ctx))
  routes.route('/', ssoProviderRoutes(ctx))
  routes.route('/', unavailableRoutes())
  return routes
}

/** The methods that a path has; empty where there is no such path. What answers every method is no endpoint of its own. */
function methodsAt({ router }: Hono, path: string): string {
  const handlers = (method: string) => router.match(method, path)[0].length
  return methods.filter((method) => handlers(method) > handlers('NONE')).join(', ')
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']
