import { createAuth, createTokenVerifier, publicKeysOf } from '#auth'
import { type Config, isLoopback } from '#config'
import type { CallerPool, CatalogWatch, Connections, Listener } from '#database'
import { type Addresses, createEvents, createOwnAddresses, createPublicFetch } from '#events'
import { createFunctions, createLedger } from '#functions'
import { type CountRequests, createDispatch, type FetchService } from '#http'
import type { Observe } from '#observe'
import { createRest } from '#rest'
import { createStorage } from '#storage'
import type { OpenDatabase } from './database.ts'
import { externalLogin } from './external-connections.ts'
import { lazyRealtime } from './lazy-realtime.ts'
import { localFunctions, localUrl } from './local-functions.ts'
import { openMail } from './mail.ts'
import { timed } from './phases.ts'
import type { Services } from './services.ts'
import { watchSigningKeys } from './signing-keys.ts'
import { storageFacts } from './storage-facts.ts'
import { openThirdParty } from './third-party.ts'

export interface EmbeddedOptions {
  readonly config: Config
  readonly database: OpenDatabase
  readonly callers: CallerPool
  readonly catalog: CatalogWatch
  readonly listener: Listener | undefined
  readonly count: CountRequests | undefined
  readonly observe: Observe
}

/** Auth, Storage and Functions in this process, reached by supabase-js through a `fetch` that never leaves it. */
export async function embeddedServices(options: EmbeddedOptions): Promise<Services> {
  const { config, database, callers, catalog, listener, count, observe } = options
  const { connections } = database
  const { keys } = config
  const rolesAllowed = config.rolesAllowed && new Set(config.rolesAllowed)
  const signing = watchSigningKeys(config, observe)
  const thirdParty = openThirdParty(config, observe)
  const apiKeys = [keys.anonKey, keys.serviceRoleKey]
  const verifier = createTokenVerifier({
    secret: keys.jwtSecret,
    keys: signing.ring,
    apiKeys,
    thirdParty: thirdParty.keys,
    rolesAllowed,
  })
  const verify = (token: string) => verifier.verify(token)

  const addresses = {
    local: localUrl(config),
    externalUrl: config.http.externalUrl,
    configuredPort: config.api.port,
  }
  const mail = await openMail(config, observe)
  const publicly = createPublicFetch()
  const auth = createAuth({
    ...{ config, connections, observe, mailer: mail.mailer, inbox: mail.inbox },
    ...{ signingKeyRing: signing.ring, apiKeys },
    publicFetch: publicly.fetch,
    shared: config.database.kind === 'external',
    hookCarrier: { fetch: reachFunctions(addresses, (request) => functions.fetch(request, { trigger: 'hook' })) },
  })
  const storage = createStorage({ config, callers, verify, observe })
  const ledger = createLedger({ connection: connections.for('supabase_admin'), observe })
  const functions = createFunctions({
    config,
    verify,
    observe,
    ledger,
    ...(await localFunctions(config, database.url ?? '')),
    jwks: () => ({ keys: [...publicKeysOf(signing.ring).keys, ...(thirdParty.keys?.known() ?? [])] }),
  })
  const restUrl = () => `${config.http.externalUrl}/rest/v1`
  const rest = config.api.enabled
    ? createRest({
        api: config.api,
        callers,
        catalog,
        verify: verifier.verifyForData,
        observe,
        url: restUrl,
        rolesAllowed,
        count,
      })
    : undefined
  const realtime = lazyRealtime({
    ...{ callers, verify, observe, settings: config.realtime },
    authenticator: connections.for('authenticator'),
    administrator: connections.for('supabase_admin'),
    // The embedded database is one process' alone.
    ...(config.database.kind === 'external' && { peersLogin: connections.for('supabase_admin') }),
  })
  const mounted = new Map<string, FetchService>([
    ['/auth/v1', auth],
    ['/storage/v1', storage],
    ['/functions/v1', functions],
    ...(rest ? [['/rest/v1', rest] as const] : []),
  ])
  const dispatchFor = (trigger: string) => {
    const triggered = { fetch: (request: Request) => functions.fetch(request, { trigger }) }
    return createDispatch({ services: new Map([...mounted, ['/functions/v1', triggered]]), keys })
  }
  const dispatch = dispatchFor('graphql')
  const triggers = { webhook: dispatchFor('webhook'), net: dispatchFor('net') }
  const events = createEvents({
    connections,
    loginAs: loginAs(config, connections),
    listener,
    functions: { call: (request, trigger) => triggers[trigger](request), serviceRoleKey: keys.serviceRoleKey },
    addresses,
    guarded: !isLoopback(config.http.host),
    observe,
  })
  return {
    mounted,
    functions,
    rest,
    realtime: config.realtime.enabled ? realtime : undefined,
    realtimeReadings: () => realtime.readings(),
    changes: realtime.changes,
    operator: (request) => functions.operate(request),
    passThrough: undefined,
    access: {
      url: config.http.externalUrl,
      publishableKey: keys.publishableKey,
      secretKey: keys.serviceRoleKey,
      fetch: (input, init) => dispatch(new Request(input, init)),
    },
    keys,
    facts: { ...mail.facts, ...storageFacts(config) },
    verify: verifier.verifyForData,
    ready: async () => true,
    prepare: () => timed(observe, 'storage buckets', () => storage.seedBuckets(config.storage.buckets)),
    async warm() {
      await Promise.all([functions.warm(), events.start(), thirdParty.warm()])
    },
    async close() {
      signing.close()
      await events.close()
      await Promise.all([auth.close(), storage.close(), functions.close(), realtime.close()])
      await Promise.all([ledger.close(), mail.close(), publicly.close()])
    },
  }
}

/** A `fetch` that asks edge functions of this project directly, and everyone else over the network. */
function reachFunctions(addresses: Addresses, ask: (request: Request) => Promise<Response>): typeof fetch {
  const ownTarget = createOwnAddresses(addresses)
  return async (input, init) => {
    const own = ownTarget(new URL(input instanceof Request ? input.url : input))
    if (own?.kind !== 'function') return await fetch(input, init)
    const url = new URL(own.url)
    url.pathname = url.pathname.slice('/functions/v1'.length)
    return await ask(new Request(url, init))
  }
}

/** How any role logs in, one of the project's own too; the server may well refuse it. */
function loginAs({ database, keys }: Config, connections: Connections) {
  if (database.kind === 'external') return externalLogin(database.url, keys.databasePassword)
  return (role: string) => ({ ...connections.for('postgres'), user: role })
}
