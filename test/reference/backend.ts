import { mkdtemp, rm } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { jwtVerify, SignJWT } from 'jose'
import { graphqlDefaults } from '#config'
import { type Caller, createCallerPool, watchCatalog } from '#database'
import { createFunctions } from '#functions'
import { createGateway } from '#gateway'
import { type Observation, silent } from '#observe'
import { createRest } from '#rest'
import { createStorage } from '#storage'
import { serveOnLoopback } from '../support/loopback-server.ts'
import { storageSettings } from '../support/storage-settings.ts'
import { type PhotoPlatform, root } from './photo-platform.ts'

const jwtSecret = 'super-secret-jwt-token-with-at-least-32-characters-long'
const secret = new TextEncoder().encode(jwtSecret)
const mebibyte = 1024 * 1024

/** GraphQL, the Data API, Storage and Functions over a photo platform's database, behind one address. */
export interface Backend extends AsyncDisposable {
  readonly url: string
  readonly observations: readonly Observation[]
  as(caller: Caller): Promise<SupabaseClient>
  graphql(caller: Caller, query: string, variables?: Record<string, unknown>): Promise<GraphQLAnswer>
}

interface GraphQLAnswer {
  readonly data?: unknown
  readonly errors?: readonly { readonly message: string; readonly extensions?: unknown }[]
}

export async function openBackend({ connections }: PhotoPlatform): Promise<Backend> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'portico-reference-'))
  const observations: Observation[] = []
  const observe = (observation: Observation) => observations.push(observation)
  const callers = await createCallerPool({ connections, observe })
  const catalog = await watchCatalog({ connections, observe, schemas: ['public'], pollEvery: 60_000 })
  const keys = {
    jwtSecret,
    anonKey: await token({ role: 'anon', claims: { role: 'anon' } }),
    serviceRoleKey: await token({ role: 'service_role', claims: { role: 'service_role' } }),
    publishableKey: 'sb_publishable_test',
    secretKey: 'sb_secret_test',
  }
  const server = await serveOnLoopback((req, res) => void route(req, res))
  const { url } = server

  const storage = createStorage({
    config: { dataFolder, keys, storage: storageSettings() },
    callers,
    verify,
    observe,
  })
  const functions = createFunctions({
    config: {
      mode: 'development',
      dataFolder,
      project: {
        root,
        supabase: join(root, 'supabase'),
        schema: join(root, 'schema'),
        functions: join(root, 'supabase/functions'),
      },
      keys,
      http: { host: '127.0.0.1', externalUrl: url },
      functions: {},
      edgeRuntime: { enabled: true, policy: 'per_worker', secrets: {} },
    },
    verify,
    observe,
    urls: { api: () => url, database: () => '' },
  })
  const api = { schemas: ['public'], extraSearchPath: ['public', 'extensions'], maxRows: 1000 }
  const rest = createRest({ api, callers, catalog, verify, observe, url: () => `${url}/rest/v1` })
  const services = { url, publishableKey: keys.anonKey, secretKey: keys.serviceRoleKey, fetch }
  const gateway = await createGateway({
    mode: 'development',
    settings: { ...graphqlDefaults, introspection: true, trustedDocuments: undefined },
    callers,
    catalog,
    services,
    schemaFolder: join(root, 'schema'),
    observe: silent,
  })

  async function route(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/' } = req
    if (path.startsWith('/graphql/v1')) {
      const caller = await verify(req.headers.authorization?.replace('Bearer ', '') ?? keys.anonKey)
      return gateway.handle(req, res, { caller, requestInfo: { method, path, headers: {} } })
    }
    if (path.startsWith('/rest/v1')) {
      const { authorization } = req.headers
      return void (await rest.handle(req, res, {
        url: path.replace('/rest/v1', ''),
        authorization,
        address: undefined,
      }))
    }
    const [mount, service] = path.startsWith('/storage/v1') ? ['/storage/v1', storage] : ['/functions/v1', functions]
    req.url = path.replace(mount as string, '')
    await getRequestListener((request) => (service as typeof storage).fetch(request))(req, res)
  }

  const mine = { public: false, allowedMimeTypes: ['image/jpeg'], fileSizeLimit: 10 * mebibyte }
  await storage.seedBuckets({
    photographs: { ...mine, objectsPath: join(root, 'supabase/storage/photographs') },
    developed: { ...mine, objectsPath: join(root, 'supabase/storage/developed') },
  })

  return {
    url,
    observations,
    as: async (caller) =>
      createClient(url, keys.anonKey, {
        auth: { persistSession: false, autoRefreshToken: false },
        global: { headers: { Authorization: `Bearer ${await token(caller)}` } },
      }),
    async graphql(caller, query, variables = {}) {
      const response = await fetch(`${url}/graphql/v1`, {
        method: 'POST',
        headers: { authorization: `Bearer ${await token(caller)}`, 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
      })
      return (await response.json()) as GraphQLAnswer
    },
    async [Symbol.asyncDispose]() {
      await functions.close()
      await storage.close()
      await server[Symbol.asyncDispose]()
      await catalog.close()
      await callers.close()
      await rm(dataFolder, { recursive: true, force: true })
    },
  }
}

function token({ claims, role }: Caller): Promise<string> {
  return new SignJWT({ role, ...claims }).setProtectedHeader({ alg: 'HS256' }).setExpirationTime('1h').sign(secret)
}

async function verify(jwt: string): Promise<Caller> {
  const { payload } = await jwtVerify(jwt, secret)
  return { role: String(payload.role), claims: payload, token: jwt }
}
