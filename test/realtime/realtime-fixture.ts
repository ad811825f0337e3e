import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createClient, type RealtimeChannel, type SupabaseClient } from '@supabase/supabase-js'
import { SignJWT } from 'jose'
import { WebSocket } from 'ws'
import { createTokenVerifier } from '#auth'
import { createCallerPool } from '#database'
import { createDispatch, createRoutes, openHttpServer } from '#http'
import { createMetrics, type Observation, silent } from '#observe'
import {
  createChangeFeed,
  createDatabaseMessages,
  createRealtime,
  createTableChanges,
  type RealtimeOptions,
} from '#realtime'
import { administer } from '../support/administer.ts'
import { cloneDatabase, type UsedDatabase } from '../support/database.ts'
import { baselineOptions } from '../support/platform.ts'

export interface Signed {
  readonly role?: string
  readonly sub?: string
  /** Seconds from now. */
  readonly expiresIn?: number
}

export interface RealtimeFixture {
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  readonly anonKey: string
  readonly serviceRoleKey: string
  token(signed?: Signed): Promise<string>
  /** supabase-js, as nobody. */
  client(options?: { token?: string; vsn?: string }): SupabaseClient
  /** The same as a user, whose token it knows before it joins anything. */
  user(token: string): Promise<SupabaseClient>
  /** A WebSocket on which a test says whatever it wants. */
  raw(query?: string): Promise<RawClient>
  sql(text: string): Promise<void>
  readonly observed: Observation[]
  readonly database: UsedDatabase
  close(): Promise<void>
}

const secret = new TextEncoder().encode(baselineOptions.jwtSecret)

function sign({ role = 'authenticated', sub = 'ada', expiresIn = 3600 }: Signed): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  const claims = { role, sub, iat: now, exp: now + expiresIn }
  return new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).sign(secret)
}

export interface RealtimeFixtureOptions
  extends Partial<Pick<RealtimeOptions, 'limits' | 'privateOnly' | 'tableChanges' | 'databaseMessages'>> {
  /** Whether the database tells of its changes and messages. */
  readonly feeds?: boolean
  /** Another process on a database with others; that of the given one, which is closed later. */
  readonly among?: 'new' | RealtimeFixture
}

/** Realtime behind the door of HTTP, over a database of its own; the clients of a test are closed with it. */
export async function createRealtimeFixture({
  feeds = false,
  among,
  ...options
}: RealtimeFixtureOptions = {}): Promise<RealtimeFixture> {
  const beside = typeof among === 'object' ? among.database : undefined
  const cloned = beside ? undefined : await cloneDatabase()
  const database = (beside ?? cloned) as UsedDatabase
  const { connections } = database
  const sql = (text: string) => administer(connections, text)
  if (cloned) await sql(readFileSync(join(import.meta.dirname, 'schema.sql'), 'utf8'))
  const [anonKey, serviceRoleKey] = await Promise.all([sign({ role: 'anon' }), sign({ role: 'service_role' })])
  const verifier = createTokenVerifier({ secret: baselineOptions.jwtSecret })
  const verify = (token: string) => verifier.verify(token)
  const observed: Observation[] = []
  const callers = await createCallerPool({ connections, observe: silent, size: 2 })
  const observe = (observation: Observation) => void observed.push(observation)
  const authenticator = connections.for('authenticator')
  const feed = createChangeFeed({ login: connections.for('supabase_admin'), plainLogin: authenticator, observe })
  const realtime = createRealtime({
    ...{ callers, verify, observe, authenticator },
    ...(among && { peersLogin: connections.for('supabase_admin') }),
    ...(feeds && {
      tableChanges: createTableChanges({ feed, callers, observe }),
      databaseMessages: createDatabaseMessages(feed),
    }),
    ...options,
  })
  const keys = { anonKey, serviceRoleKey, publishableKey: 'sb_publishable_test', secretKey: 'sb_secret_test' }
  const server = await openHttpServer({ host: '127.0.0.1', port: 0, observe: silent })
  server.serve(
    createRoutes({
      ...{ graphql: {} as never, maxOperationSize: 0, metrics: createMetrics(), openMetrics: false },
      ...{ dispatch: createDispatch({ services: new Map(), keys }), keys, verify, realtime },
      ready: async () => true,
    }),
  )
  const url = `http://127.0.0.1:${server.port}`
  const clients: SupabaseClient[] = []
  const sockets: WebSocket[] = []

  function connect({ token, vsn }: { token?: string; vsn?: string } = {}): SupabaseClient {
    const client = createClient(url, keys.publishableKey, {
      auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
      ...(token !== undefined && { accessToken: async () => token }),
      // It gives up after ten seconds otherwise.
      realtime: { transport: WebSocket as never, timeout: 60_000, ...(vsn !== undefined && { vsn }) },
    })
    clients.push(client)
    return client
  }

  return {
    ...{ url, anonKey, serviceRoleKey, observed, sql, database },
    token: (signed = {}) => sign(signed),
    client: connect,
    async user(token) {
      const client = connect({ token })
      await client.realtime.setAuth()
      return client
    },
    async raw(query = `?apikey=${anonKey}&vsn=2.0.0`) {
      const socket = new WebSocket(`${url.replace('http', 'ws')}/realtime/v1/websocket${query}`)
      sockets.push(socket)
      return await openRaw(socket)
    },
    async close() {
      await Promise.all(clients.map((client) => client.removeAllChannels()))
      await Promise.all(clients.map((client) => client.realtime.disconnect()))
      for (const socket of sockets) socket.terminate()
      await realtime.close()
      await feed.close()
      await server.close()
      await callers.close()
      await cloned?.drop()
    },
  }
}

export interface RawClient {
  readonly socket: WebSocket
  /** Sends JSON, or bytes as they are. */
  say(message: unknown): void
  /** The next message that was not taken yet; bytes where it was a binary one. */
  next(): Promise<unknown>
  /** Resolves with the code that the connection was closed with. */
  readonly closed: Promise<number>
}

async function openRaw(socket: WebSocket): Promise<RawClient> {
  const waiting: unknown[] = []
  const asking: ((message: unknown) => void)[] = []
  const closed = new Promise<number>((resolve) => socket.once('close', resolve))
  socket.on('message', (data: Buffer, isBinary) => {
    const message = isBinary ? data : JSON.parse(data.toString())
    const ask = asking.shift()
    if (ask) ask(message)
    else waiting.push(message)
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  socket.on('error', () => {})
  return {
    ...{ socket, closed },
    say: (message) => socket.send(Buffer.isBuffer(message) ? message : JSON.stringify(message)),
    next: () =>
      waiting.length > 0 ? Promise.resolve(waiting.shift()) : new Promise((resolve) => asking.push(resolve)),
  }
}

/** Resolves once the channel is joined; rejects with what the client is told otherwise. */
export function subscribed(channel: RealtimeChannel): Promise<RealtimeChannel> {
  return new Promise((resolve, reject) => {
    channel.subscribe((status, error) => {
      if (status === 'SUBSCRIBED') resolve(channel)
      else if (status !== 'CLOSED') reject(error ?? new Error(status))
    })
  })
}

/** Collects what a callback is given, for tests to wait for. */
export function heard<T>(): { all: T[]; hear: (message: T) => void } {
  const all: T[] = []
  return { all, hear: (message) => void all.push(message) }
}
