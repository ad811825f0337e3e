import { Hono } from 'hono'
import { AuthError } from '../auth-error.ts'

/** Endpoints that clients know and this service does not have: they answer as GoTrue's do where they are switched off. */
export function unavailableRoutes(): Hono {
  const routes = new Hono()
  routes.all('/scim/v2/*', () => {
    throw new AuthError(404, 'feature_disabled', 'SCIM server is disabled')
  })
  return routes
}
