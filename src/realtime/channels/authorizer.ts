import pg from 'pg'
import type { Caller, CallerPool } from '#database'
import type { Extension } from './hub.ts'

/** Who asks about which channel. */
export interface Asking {
  /** The channel's name, without `realtime:`. */
  readonly topic: string
  readonly caller: Caller
  /** Of the request that became the connection. */
  readonly headers: Readonly<Record<string, string>>
}

export interface AuthorizerOptions {
  readonly callers: CallerPool
  /** As the role that becomes any caller and is nothing by itself: policies run project's code, which could become whatever the login may. */
  readonly authenticator: pg.ClientConfig
}

/** So long, in milliseconds, a policy may take. */
const patience = 5_000

/**
 * Asks the policies on `realtime.messages` what a caller may do in a private channel, as supabase/realtime does
 * (`Realtime.Tenants.Authorization`): whoever could select a row of the channel may hear it, whoever could insert one may
 * speak, by the row's `extension`. The rows are never committed.
 */
export class Authorizer {
  readonly #options: AuthorizerOptions
  #pool: pg.Pool | undefined

  constructor(options: AuthorizerOptions) {
    this.#options = options
  }

  /** What of these the caller may hear. */
  async mayHear(asking: Asking, extensions: readonly Extension[]): Promise<ReadonlySet<Extension>> {
    const client = await this.#connections().connect()
    let broken: Error | undefined
    try {
      return await probe(client, asking, extensions)
    } finally {
      // Rows, role and claims are all undone: with the transaction or, where that cannot be said, with the connection.
      await client.query('rollback').catch((error: Error) => {
        broken = error
      })
      client.release(broken)
    }
  }

  /** Whether the caller may speak. */
  async maySpeak({ topic, caller, headers }: Asking, extension: Extension): Promise<boolean> {
    const text = 'insert into realtime.messages (topic, extension) values ($1, $2)'
    const settings = { 'realtime.topic': topic, statement_timeout: String(patience) }
    const request = { method: 'GET', path: '/realtime/v1/websocket', headers, settings }
    try {
      await this.#options.callers.run(caller, request, [{ text, values: [topic, extension] }], { undone: true })
      return true
    } catch (error) {
      if (codeOf(error) === insufficientPrivilege) return false
      throw error
    }
  }

  async close(): Promise<void> {
    await this.#pool?.end()
  }

  #connections(): pg.Pool {
    if (this.#pool) return this.#pool
    this.#pool = new pg.Pool({
      ...this.#options.authenticator,
      max: 2,
      idleTimeoutMillis: 10_000,
      connectionTimeoutMillis: 10_000,
      application_name: 'portico realtime',
    })
    this.#pool.on('error', () => {})
    return this.#pool
  }
}

const insufficientPrivilege = '42501'

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string } | undefined)?.code
}

async function probe(client: pg.PoolClient, asking: Asking, extensions: readonly Extension[]) {
  const { topic, caller, headers } = asking
  await client.query('begin')
  await client.query(`set local statement_timeout = ${patience}`)
  const { rows: written } = await client.query<{ id: string; extension: Extension }>(
    'select id, extension from realtime.probe_messages($1, $2)',
    [topic, extensions],
  )
  await client.query(
    `select set_config('role', $1, true), set_config('realtime.topic', $2, true),
       set_config('request.jwt.claims', $3, true), set_config('request.jwt.claim.sub', $4, true),
       set_config('request.jwt.claim.role', $1, true), set_config('request.headers', $5, true)`,
    [
      caller.role,
      topic,
      JSON.stringify(caller.claims),
      typeof caller.claims.sub === 'string' ? caller.claims.sub : '',
      JSON.stringify(headers),
    ],
  )
  const ids = written.map(({ id }) => id)
  const { rows } = await client.query<{ id: string }>('select id from realtime.messages where id = any ($1::uuid[])', [
    ids,
  ])
  return new Set(written.filter(({ id }) => rows.some((row) => row.id === id)).map(({ extension }) => extension))
}
