import { createTokenVerifier } from '#auth'
import type { Config, Managed } from '#config'
import type { Caller } from '#database'
import { createPassThrough } from '#http'
import type { Services } from './services.ts'

/** A Supabase elsewhere: tokens are verified by its keys, its services' requests pass through. */
export function managedServices(config: Config, managed: Managed): Services {
  const { url, publishableKey, secretKey, jwtSecret } = managed
  const verifier = createTokenVerifier({
    secret: jwtSecret,
    remote: { url: `${url}/auth/v1/.well-known/jwks.json`, fetch },
    rolesAllowed: new Set(config.rolesAllowed ?? ['anon', 'authenticated', 'service_role']),
  })

  async function verify(token: string): Promise<Caller> {
    // The project's own keys are known by sight: opaque ones are no JWTs, and a legacy one may be signed by a secret
    // that this gateway was not given.
    if (token === publishableKey) return { role: 'anon', claims: { role: 'anon' } }
    if (token === secretKey) return { role: 'service_role', claims: { role: 'service_role' }, token }
    return await verifier.verify(token)
  }

  return {
    mounted: new Map(),
    passThrough: createPassThrough(url, ['/auth/v1', '/storage/v1', '/functions/v1', '/rest/v1', '/realtime/v1']),
    access: { url, publishableKey, secretKey, fetch },
    keys: { anonKey: publishableKey, serviceRoleKey: secretKey, publishableKey, secretKey },
    verify,
    warm: async () => {},
    close: async () => {},
  }
}
