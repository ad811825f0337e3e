import { createAuth, createTokenVerifier } from '#auth'
import type { Config } from '#config'
import type { CallerPool, CatalogWatch, Connections } from '#database'
import { createFunctions } from '#functions'
import { createDispatch, type FetchService } from '#http'
import type { Observe } from '#observe'
import { createRest } from '#rest'
import { createStorage } from '#storage'
import { openMail } from './mail.ts'
import { timed } from './phases.ts'
import type { Services } from './services.ts'
import { storageFacts } from './storage-facts.ts'

export interface EmbeddedOptions {
  readonly config: Config
  readonly connections: Connections
  readonly callers: CallerPool
  readonly catalog: CatalogWatch
  readonly databaseUrl: string
  readonly observe: Observe
}

/** Auth, Storage and Functions in this process, reached by supabase-js through a `fetch` that never leaves it. */
export async function embeddedServices(options: EmbeddedOptions): Promise<Services> {
  const { config, connections, callers, catalog, databaseUrl, observe } = options
  const { keys, rolesAllowed } = config
  const verifier = createTokenVerifier({
    secret: keys.jwtSecret,
    keys: config.auth.signingKeys,
    ...(rolesAllowed && { rolesAllowed: new Set(rolesAllowed) }),
  })
  const verify = (token: string) => verifier.verify(token)

  const mail = await openMail(config, observe)
  const auth = createAuth({
    ...{ config, connections, observe, mailer: mail.mailer, inbox: mail.inbox },
    hookCarrier: { fetch: reachFunctions(config, (request) => functions.fetch(request)) },
  })
  const storage = createStorage({ config, callers, verify, observe })
  const functions = createFunctions({
    config,
    verify,
    observe,
    urls: { api: () => localUrl(config), database: () => databaseUrl },
    jwks: async () => await (await auth.fetch(new Request('http://auth.local/.well-known/jwks.json'))).json(),
  })
  const mounted = new Map<string, FetchService>([
    ['/auth/v1', auth],
    ['/storage/v1', storage],
    ['/functions/v1', functions],
    ...(config.api.enabled
      ? [['/rest/v1', createRest({ api: config.api, callers, catalog, verify, observe })] as const]
      : []),
  ])
  const ofGateway = { fetch: (request: Request) => functions.fetch(request, { trigger: 'graphql' }) }
  const dispatch = createDispatch({ services: new Map([...mounted, ['/functions/v1', ofGateway]]), keys })
  return {
    mounted,
    functions,
    passThrough: undefined,
    access: {
      url: config.http.externalUrl,
      publishableKey: keys.publishableKey,
      secretKey: keys.serviceRoleKey,
      fetch: (input, init) => dispatch(new Request(input, init)),
    },
    keys,
    facts: { ...mail.facts, ...storageFacts(config) },
    verify,
    ready: async () => true,
    prepare: () => timed(observe, 'storage buckets', () => storage.seedBuckets(config.storage.buckets)),
    warm: () => functions.warm(),
    async close() {
      await Promise.all([auth.close(), storage.close(), functions.close()])
      await mail.close()
    },
  }
}

/** Names by which Supabase's containers call this machine and its gateway; configurations have them in hooks' URIs. */
const ownNames = new Set(['localhost', '127.0.0.1', '[::1]', 'host.docker.internal', 'kong'])

/** A `fetch` that asks edge functions of this project directly, and everyone else over the network. */
function reachFunctions({ http, projectId }: Config, ask: (request: Request) => Promise<Response>): typeof fetch {
  const outside = new URL(http.externalUrl)
  const isOwn = ({ hostname, host, port, pathname }: URL) => {
    if (!pathname.startsWith('/functions/v1/')) return false
    if (host === outside.host) return true
    if (hostname === 'kong' || hostname === `supabase_kong_${projectId}`) return true
    return ownNames.has(hostname) && Number(port || 80) === http.port
  }
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input)
    if (!isOwn(url)) return await fetch(input, init)
    url.pathname = url.pathname.slice('/functions/v1'.length)
    return await ask(new Request(url, init))
  }
}

/** Edge functions run on this machine: they call this backend where it listens, whatever the world calls it. */
function localUrl({ http }: Config): string {
  const anywhere = http.host === '0.0.0.0' || http.host === '::'
  return `http://${anywhere ? '127.0.0.1' : http.host}:${http.port}`
}
