import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { createClient } from '@supabase/supabase-js'
import { jwtVerify, SignJWT } from 'jose'
import pg from 'pg'
import { type Caller, type CallerPool, createCallerPool } from '#database'
import { type Observation, type Observe, observeAll } from '#observe'
import { type Backend, createStorage, openBackend, type StorageService, type StorageSettings } from '#storage'
import { cloneDatabase } from '../support/database.ts'
import { type LoopbackServer, serveOnLoopback } from '../support/loopback-server.ts'
import { storageSettings } from '../support/storage-settings.ts'

type StorageClient = ReturnType<typeof createClient>['storage']

export const jwtSecret = 'a-secret-of-the-storage-tests-with-enough-characters'
const secret = new TextEncoder().encode(jwtSecret)
const mebibyte = 1024 * 1024

/** Where a Storage keeps its objects, in place of a folder. */
export interface S3Server extends AsyncDisposable {
  readonly settings: StorageSettings['storage']['s3']
  /** The keys of all that is kept. */
  keys(): Promise<string[]>
}

let startServer: (() => Promise<S3Server>) | undefined

/** Each Storage that is opened from now on keeps its objects on a server of its own. */
export function keepOnS3(start: () => Promise<S3Server>): void {
  startServer = start
}

/** A Storage of its own: database, folder, and clients for whoever asks. */
export interface StorageFixture extends AsyncDisposable {
  readonly service: StorageService
  readonly folder: string
  /** What the service was made with, for another over the same rows and bytes. */
  readonly config: StorageSettings
  /** The name of its database. */
  readonly database: string
  readonly observed: readonly Observation[]
  /** supabase-js' storage client, bound to a token and to this service's fetch. */
  as(who: { role: string; sub?: string }): Promise<StorageClient>
  token(who: { role: string; sub?: string; expiresIn?: number }): Promise<string>
  /** A raw request, for what the client would not send. */
  request(path: string, init?: RequestInit & { as?: { role: string; sub?: string }; json?: unknown }): Promise<Response>
  /** The service behind a real socket; answers its URL. */
  listen(): Promise<string>
  sql(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>
  /** The paths of all files below the folder, or the keys of what is kept on S3. */
  files(): Promise<string[]>
}

export const admin = { role: 'service_role' }
export const anon = { role: 'anon' }
export const user = (sub: string = randomUUID()) => ({ role: 'authenticated', sub })

export async function openStorage(
  options: {
    fileSizeLimit?: number
    /** Wraps what the service works on, to make it fail; or says where bytes are kept, whatever the run of tests says. */
    backend?: ((kept: Backend) => Backend) | 'file'
    callers?: (pool: CallerPool) => CallerPool
  } = {},
): Promise<StorageFixture> {
  const { fileSizeLimit = 50 * mebibyte, backend = (kept) => kept, callers: wrap = (pool) => pool } = options
  const s3 = backend === 'file' ? undefined : await startServer?.()
  const database = await cloneDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'portico-storage-'))
  const observed: Observation[] = []
  const observe: Observe = observeAll((observation) => observed.push(observation))
  const callers = await createCallerPool({ connections: database.connections, observe, size: 8 })
  const superuser = new pg.Pool({ ...database.connections.for('supabase_admin'), max: 1 })
  // The database is dropped while its last connection may still be closing.
  superuser.on('connect', (client) => client.on('error', () => {}))
  const token: StorageFixture['token'] = ({ expiresIn = 3600, ...claims }) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime(Math.floor(Date.now() / 1000) + expiresIn)
      .sign(secret)

  const settings = storageSettings(fileSizeLimit)
  const config: StorageSettings = {
    dataFolder: folder,
    keys: { jwtSecret, ...(await apiKeys(token)), publishableKey: 'sb_publishable_test' },
    storage: s3 ? { ...settings, backend: 's3' as const, s3: s3.settings } : settings,
  }
  const service = createStorage({
    config,
    callers: wrap(callers),
    verify,
    observe,
    ...(backend !== 'file' && { backend: backend(openBackend(config)) }),
  })
  let server: LoopbackServer | undefined

  return {
    service,
    folder,
    config,
    database: database.name,
    observed,
    token,
    async as(who) {
      const key = await token(who)
      const fetch = (input: string | URL | Request, init?: RequestInit) =>
        service.fetch(mounted(new Request(input, init)))
      const auth = { persistSession: false, autoRefreshToken: false }
      return createClient('http://portico.test', key, { auth, global: { fetch } }).storage
    },
    async request(path, { as, json, ...rest } = {}) {
      const headers = new Headers(rest.headers)
      const init = json === undefined ? rest : { ...rest, body: JSON.stringify(json) }
      if (json !== undefined) headers.set('content-type', 'application/json')
      if (as) headers.set('authorization', `Bearer ${await token(as)}`)
      return await service.fetch(new Request(`http://portico.test${path}`, { ...init, headers }))
    },
    async listen() {
      if (server) return server.url
      const listener = getRequestListener(({ url, method, headers, signal }, { incoming }) =>
        service.fetchIncoming(mounted(new Request(url, { method, headers, signal })), incoming as IncomingMessage),
      )
      server = await serveOnLoopback(listener)
      return server.url
    },
    sql: async (text, values) => (await superuser.query(text, values)).rows,
    async files() {
      if (s3) return await s3.keys()
      const entries = await readdir(folder, { recursive: true, withFileTypes: true })
      return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    },
    async [Symbol.asyncDispose]() {
      await server?.[Symbol.asyncDispose]()
      await service.close()
      await callers.close()
      await superuser.end()
      await database.drop()
      await s3?.[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function apiKeys(token: StorageFixture['token']) {
  return { serviceRoleKey: await token(admin), anonKey: await token(anon) }
}

async function verify(token: string): Promise<Caller> {
  const { payload } = await jwtVerify(token, secret)
  return { role: String(payload.role), claims: payload, token }
}

/** The app takes the mount point off before a service sees the request. */
function mounted(request: Request): Request {
  const url = request.url.replace('/storage/v1', '')
  return url === request.url ? request : new Request(url, request)
}

/** What Storage and S3 call a body that was sent in one piece: its MD5 in quotes. */
export function etagOf(body: Uint8Array): string {
  return `"${createHash('md5').update(body).digest('hex')}"`
}
