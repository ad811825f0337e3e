import { randomUUID } from 'node:crypto'
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
  /** As a role that may write to `realtime.messages` whatever its policies say. */
  readonly administrator: pg.ClientConfig
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
    const client = await this.#administrators().connect()
    let broken: Error | undefined
    try {
      return await probe(client, asking, extensions)
    } catch (error) {
      // What it was told for a transaction alone is undone with it, or with the connection.
      broken = error as Error
      throw error
    } finally {
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

  #administrators(): pg.Pool {
    if (this.#pool) return this.#pool
    this.#pool = new pg.Pool({
      ...this.#options.administrator,
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
  const ids = extensions.map(() => randomUUID())
  await client.query('begin')
  // The table's owner, whom its policies do not concern, whatever role the login is.
  await client.query('set local role supabase_realtime_admin')
  await client.query(
    `insert into realtime.messages (id, topic, extension)
     select id, $1, extension from unnest($2::uuid[], $3::text[]) as probe (id, extension)`,
    [topic, ids, extensions],
  )
  // An administrator could become anybody: a caller becomes whom a caller may be.
  const { rows: become } = await client.query(
    `select set_config('role', $1, true), set_config('realtime.topic', $2, true),
       set_config('request.jwt.claims', $3, true), set_config('request.jwt.claim.sub', $4, true),
       set_config('request.jwt.claim.role', $1, true), set_config('request.headers', $5, true),
       set_config('statement_timeout', $6, true)
     where pg_catalog.pg_has_role('authenticator', $1, 'MEMBER')`,
    [
      caller.role,
      topic,
      JSON.stringify(caller.claims),
      typeof caller.claims.sub === 'string' ? caller.claims.sub : '',
      JSON.stringify(headers),
      String(patience),
    ],
  )
  const { rows } =
    become.length === 1
      ? await client.query<{ id: string }>('select id from realtime.messages where id = any ($1::uuid[])', [ids])
      : { rows: [] }
  await client.query('rollback')
  return new Set(extensions.filter((_, i) => rows.some(({ id }) => id === ids[i])))
}
