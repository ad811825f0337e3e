import { decodeJwt } from 'jose'
import { createTokenVerifier } from '#auth'
import type { Config, Managed } from '#config'
import type { Caller, CallerPool, Claims } from '#database'
import { createPassThrough } from '#http'
import type { Observe } from '#observe'
import { managedChanges } from './managed-changes.ts'
import { checkServices, publishedKeys } from './managed-check.ts'
import { managedFetch } from './managed-fetch.ts'
import type { Services } from './services.ts'
import { openThirdParty } from './third-party.ts'

/** A Supabase elsewhere: tokens are verified by its keys, its services' requests pass through. */
export function managedServices(
  config: Config,
  managed: Managed,
  callers: Pick<CallerPool, 'run'>,
  observe: Observe,
): Services {
  const { url, publishableKey, secretKey, jwtSecret } = managed
  const { keys, http } = config
  const ask = (path: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers)
    headers.set('apikey', publishableKey)
    return fetch(url + path, { ...init, headers })
  }
  const thirdParty = openThirdParty(config, observe)
  const verifier = createTokenVerifier({
    thirdParty: thirdParty.keys,
    secret: jwtSecret,
    remote: { url: url + publishedKeys, fetch: (_url, init) => ask(publishedKeys, init) },
    rolesAllowed: new Set(config.rolesAllowed),
  })
  // The project's own keys are known by sight: opaque ones are no JWTs, and a legacy one may be signed by a secret
  // that this gateway was not given.
  const known = new Map([
    ...[keys.serviceRoleKey, secretKey].map((key) => [key, keyCaller('service_role', key)] as const),
    ...[keys.anonKey, publishableKey].map((key) => [key, keyCaller('anon', key)] as const),
  ])
  const passThrough = createPassThrough({
    target: url,
    externalUrl: http.externalUrl,
    paths: ['/auth/v1', '/storage/v1', '/functions/v1', '/rest/v1', '/realtime/v1'],
    trustedProxies: http.trustedProxies,
    observe,
  })

  const changes = managedChanges({ managed, callers, mode: config.mode, observe })

  return {
    mounted: new Map(),
    functions: undefined,
    rest: undefined,
    realtime: undefined,
    realtimeReadings: () => undefined,
    changes,
    operator: undefined,
    passThrough,
    access: {
      url: http.externalUrl,
      publishableKey,
      secretKey,
      fetch: managedFetch({ from: http.externalUrl, to: url, observe }),
    },
    facts: {},
    keys: { anonKey: publishableKey, serviceRoleKey: secretKey, publishableKey, secretKey },
    verify: async (token) => known.get(token) ?? (await verifier.verifyForData(token)),
    ready: async () => (await ask('/auth/v1/health', { signal: AbortSignal.timeout(2000) })).status < 500,
    prepare: async () => {},
    async warm() {
      await Promise.all([thirdParty.warm(), checkServices({ url, ask, hasSecret: jwtSecret !== undefined, observe })])
    },
    async close() {
      passThrough.close()
      changes.close()
    },
  }
}

/** Whom an API key stands for; a legacy one has claims of its own. */
function keyCaller(role: 'anon' | 'service_role', key: string): Caller {
  return { role, claims: { ...claimsOf(key), role }, token: key }
}

function claimsOf(key: string): Claims {
  try {
    return decodeJwt(key)
  } catch {
    return {}
  }
}
