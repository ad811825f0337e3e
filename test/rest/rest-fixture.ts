import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { type Caller, type CallerPool, createCallerPool, watchCatalog } from '#database'
import { PorticoError } from '#errors'
import { silent } from '#observe'
import { createRest } from '#rest'
import { administer } from '../support/administer.ts'
import { cloneDatabase } from '../support/database.ts'
import { serveOnLoopback } from '../support/loopback-server.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly raw: Buffer
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers of many shapes, and fail where they differ.
  readonly body: any
}

export interface RestFixture {
  /** Up to and with `/rest/v1`. */
  readonly url: string
  /** `ask('/films?id=eq.1')`, `ask('POST /films', { body, prefer, as: 'ada' })` */
  ask(line: string, options?: Asked): Promise<Answer>
  /** supabase-js as somebody who is signed in, or as nobody. */
  client(sub?: string): SupabaseClient
  /** As the superuser; `:DATABASE` is the name of this database. */
  sql(text: string): Promise<void>
  /** `alter role authenticator set pgrst.NAME`, for this database alone, while the work is done. */
  whileSet(name: string, value: string, work: () => Promise<void>): Promise<void>
  refresh(): Promise<void>
  close(): Promise<void>
}

export interface Asked {
  readonly body?: unknown
  readonly prefer?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly as?: string
}

/** The Data API over real HTTP and a database of its own. A token is the name of whoever is signed in. */
export async function createRestFixture(
  api: {
    maxRows?: number
    listens?: boolean
    /** Wraps what the service asks the database through. */
    wrap?: (callers: CallerPool) => CallerPool
  } = {},
): Promise<RestFixture> {
  const { wrap = (pool) => pool } = api
  const database = await cloneDatabase()
  const { connections } = database
  const sql = (text: string) => administer(connections, text)
  await sql(readFileSync(join(import.meta.dirname, 'schema.sql'), 'utf8'))
  const callers = await createCallerPool({ connections, observe: silent, size: 2 })
  const schemas = ['public', 'other']
  const catalog = await watchCatalog({
    connections,
    observe: silent,
    schemas,
    restSchemas: [],
    pollEvery: 60_000,
    listens: api.listens ?? true,
  })
  const rest = createRest({
    api: { schemas, extraSearchPath: ['public', 'extensions'], maxRows: api.maxRows ?? 1000 },
    callers: wrap(callers),
    catalog,
    verify,
    observe: silent,
    url: () => 'http://127.0.0.1:54321/rest/v1',
  })
  const server = await serveOnLoopback((req, res) => {
    const url = (req.url ?? '').replace('/rest/v1', '')
    void rest.handle(req, res, { url, authorization: req.headers.authorization, address: '127.0.0.1' })
  })

  return {
    url: `${server.url}/rest/v1`,
    async ask(line, { body, prefer, headers, as } = {}) {
      const [first = '', second] = line.split(/ (.*)/)
      const response = await fetch(`${server.url}/rest/v1${second ?? first}`, {
        method: second === undefined ? 'GET' : first,
        headers: {
          ...(prefer !== undefined && { prefer }),
          ...(as !== undefined && { authorization: `Bearer .${as}.` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && {
          body: typeof body === 'string' || body instanceof Uint8Array ? (body as BodyInit) : JSON.stringify(body),
        }),
      })
      const raw = Buffer.from(await response.arrayBuffer())
      const text = raw.toString()
      return { status: response.status, headers: response.headers, raw, text, body: parsed(text) }
    },
    client: (sub = 'nobody') =>
      createClient(server.url, `.${sub}.`, {
        auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
      }),
    sql: (text) => sql(text.replaceAll(':DATABASE', database.name)),
    async whileSet(name, value, work) {
      const role = `alter role authenticator in database ${database.name}`
      await sql(`${role} set pgrst.${name} = '${value}'`)
      await catalog.refresh()
      try {
        await work()
      } finally {
        await sql(`${role} reset pgrst.${name}`)
        await catalog.refresh()
      }
    },
    refresh: () => catalog.refresh(),
    async close() {
      await server[Symbol.asyncDispose]()
      await catalog.close()
      await callers.close()
      await database.drop()
    },
  }
}

/** What the verifier makes of tokens that do not say `authenticated`; of the same one the same each time. */
const otherTokens: Readonly<Record<string, Caller>> = {
  roleless: { role: 'anon', claims: { sub: 'roleless' } },
  elsewhere: {
    role: 'anon',
    claims: { aud: ['films', 'books'], 'https://films.example/roles': [{ name: 'x' }, 'viewer', 'authenticated'] },
  },
}

/** A token is a name between dots: `.ada.` */
async function verify(token: string): Promise<Caller> {
  const name = token.split('.')[1] ?? ''
  if (name === 'invalid') throw new PorticoError('UNAUTHENTICATED')
  if (name === 'nobody') return { role: 'anon', claims: { role: 'anon' } }
  if (name in otherTokens) return otherTokens[name] as Caller
  return { role: 'authenticated', claims: { role: 'authenticated', sub: name } }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
