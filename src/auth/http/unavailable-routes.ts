import { Hono } from 'hono'
import { AuthError, type AuthErrorCode } from '../auth-error.ts'

/** What this service does not do, and how GoTrue answers where it is switched off. */
const unavailable: readonly (readonly [
  paths: readonly string[],
  status: number,
  code: AuthErrorCode,
  message: string,
])[] = [
  [['/sso', '/sso/*', '/admin/sso/*'], 404, 'saml_provider_disabled', 'SAML 2.0 is disabled'],
  [
    ['/admin/custom-providers', '/admin/custom-providers/*'],
    404,
    'feature_disabled',
    'Custom OAuth providers are disabled',
  ],
]

/** Endpoints that clients know and this service does not have: they say so, each in its own terms. */
export function unavailableRoutes(): Hono {
  const routes = new Hono()
  for (const [paths, status, code, message] of unavailable) {
    for (const path of paths) {
      routes.all(path, () => {
        throw new AuthError(status, code, message)
      })
    }
  }
  return routes
}
