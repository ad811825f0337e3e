import type { IncomingHttpHeaders } from 'node:http'
import pg from 'pg'
import { expect } from 'vitest'
import { type LoginRole, openListener } from '#database'
import { type CallFunction, createEvents, type Events, type EventsOptions } from '#events'
import type { Observation } from '#observe'
import type { TestDatabase } from '../support/database.ts'
import { serveOnLoopback } from '../support/loopback-server.ts'

export interface Arrived {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** What a consumer answers a request: a status, with headers and a text where it has more to say. */
export type Reply = number | { status: number; headers?: Record<string, string>; text?: string } | Promise<number>

export interface Consumer extends AsyncDisposable {
  readonly url: string
  readonly arrived: Arrived[]
  /** Resolves when so many requests have arrived. */
  count(wanted: number): Promise<readonly Arrived[]>
}

/** A server elsewhere that webhooks call. */
export async function startConsumer(reply: (request: Arrived) => Reply = () => 200): Promise<Consumer> {
  const arrived: Arrived[] = []
  let told = Promise.withResolvers<void>()
  const server = await serveOnLoopback(async (req, res) => {
    // One that is broken off has not arrived.
    const parts: Buffer[] | undefined = await req.toArray().catch(() => undefined)
    if (parts === undefined) return
    const body = Buffer.concat(parts).toString()
    const request = { method: req.method ?? '', url: req.url ?? '', headers: req.headers, body }
    arrived.push(request)
    told.resolve()
    told = Promise.withResolvers()
    const answer = await reply(request)
    const { status, headers = {}, text = '' } = typeof answer === 'number' ? { status: answer } : answer
    res.writeHead(status, headers).end(text)
  })
  return {
    url: server.url,
    arrived,
    async count(wanted) {
      while (arrived.length < wanted) await told.promise
      return arrived
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
    },
  }
}

export interface TestEvents extends AsyncDisposable {
  readonly events: Events
  readonly observations: Observation[]
}

/** Everything that the events room runs, as one process of a backend that listens on port 54999. */
export async function startEvents(
  { connections }: Pick<TestDatabase, 'connections'>,
  options: Partial<Omit<EventsOptions, 'functions'>> & { readonly call?: CallFunction } = {},
): Promise<TestEvents> {
  const { call = async () => new Response('no functions here', { status: 404 }), ...others } = options
  const observations: Observation[] = []
  const listener = await openListener(connections.for('authenticator'))
  const events = createEvents({
    connections,
    loginAs: (role) => ({ ...connections.for('postgres'), user: role }),
    listener,
    functions: { call, serviceRoleKey: 'the-service-role-key' },
    addresses: { local: 'http://127.0.0.1:54999', externalUrl: 'https://api.example.com', configuredPort: 54321 },
    guarded: false,
    observe: (observation) => observations.push(observation),
    ...others,
  })
  await events.start()
  return {
    events,
    observations,
    async [Symbol.asyncDispose]() {
      await events.close()
      await listener.close()
    },
  }
}

export interface Connection extends AsyncDisposable {
  /** Runs statements; the rows of the last one. */
  sql(text: string, values?: unknown[]): Promise<Record<string, Anything>[]>
  /** Asks until the first column of the first row is what is wanted. */
  until(text: string, wanted: unknown): Promise<void>
}

type Anything = ReturnType<typeof JSON.parse>

/** A connection as the project's own `postgres`. */
export async function connectAs(
  { connections }: Pick<TestDatabase, 'connections'>,
  role: LoginRole = 'postgres',
): Promise<Connection> {
  const client = new pg.Client(connections.for(role))
  client.on('error', () => {})
  await client.connect()
  const sql = async (text: string, values?: unknown[]) => [await client.query(text, values)].flat().at(-1)?.rows ?? []
  return {
    sql,
    until: async (text, wanted) =>
      await expect.poll(async () => Object.values((await sql(text))[0] ?? {})[0], { interval: 50 }).toEqual(wanted),
    [Symbol.asyncDispose]: () => client.end(),
  }
}

/**
 * How often the time of a job that runs each second has come, and how many such times there were: a tick that is late is
 * followed by the next in less than a second.
 *
 * @param begun before the job was there
 */
export async function ticksOf(
  job: string,
  database: Pick<TestDatabase, 'connections'>,
  begun: Date,
): Promise<{ ticks: number; seconds: number }> {
  await using admin = await connectAs(database, 'supabase_admin')
  const [found] = await admin.sql(
    `select (select count(*)::int from portico.events where source = 'cron' and name = jobname) as ticks,
       extract(epoch from next_at - $2)::float8 as seconds
     from portico.cron_times join cron.job using (jobid) where jobname = $1`,
    [job, begun],
  )
  return { ticks: found?.ticks, seconds: found?.seconds }
}

/** SQL of a webhook on a table, as Supabase's dashboard writes it. */
export function webhook(table: string, url: string, headers: object = {}, timeoutMs = 60_000): string {
  const given = JSON.stringify({ 'Content-Type': 'application/json', ...headers })
  const name = `hook_${table.replaceAll(/\W/g, '_')}`
  return `create trigger ${name} after insert or update or delete on ${table} for each row
    execute function supabase_functions.http_request('${url}', 'POST', '${given}', '{}', '${timeoutMs}')`
}
