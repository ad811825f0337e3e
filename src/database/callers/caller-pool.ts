import { CompiledQuery, Kysely, PostgresDialect, type Transaction } from 'kysely'
import pg from 'pg'
import type { Observe } from '#observe'
import type { Caller, RequestInfo } from '../caller.ts'
import type { Connections } from '../connections.ts'
import { identityStatement } from './identity.ts'
import { readRoleSettings } from './role-settings.ts'
import { RoundTrip, type Statement } from './round-trip.ts'

export interface CallerPoolOptions {
  readonly connections: Connections
  readonly observe: Observe
  /** Connections at most; 8 measured best on two cores. */
  readonly size?: number
  /** False behind a transaction-mode pooler, where a prepared statement may be gone at the next transaction. */
  readonly prepared?: boolean
}

/**
 * Runs SQL as the caller: every statement under the caller's role, claims and role settings, each set for its own
 * transaction alone. The pool logs in as `authenticator`, which may become only the roles granted to it.
 */
export interface CallerPool {
  /**
   * Runs the statements in order in one implicit transaction and one round trip.
   * Each answers at most one row of one column, whose text is returned.
   */
  run(caller: Caller, request: RequestInfo | undefined, statements: readonly Statement[]): Promise<(string | null)[]>
  /** A transaction of several round trips, for what depends on an earlier answer. Never held open across a call elsewhere. */
  transaction<DB, T>(
    caller: Caller,
    request: RequestInfo | undefined,
    work: (trx: Transaction<DB>) => Promise<T>,
  ): Promise<T>
  /** Reads again what `alter role … set …` has set; `set role` alone does not apply it. */
  refreshRoleSettings(): Promise<void>
  close(): Promise<void>
}

export async function createCallerPool(options: CallerPoolOptions): Promise<CallerPool> {
  const { connections, observe, size = 8, prepared = true } = options
  const pool = new pg.Pool({
    ...connections.for('authenticator'),
    application_name: 'portico',
    max: size,
    connectionTimeoutMillis: 10_000,
  })
  // A connection that breaks fails the statement under way, which its caller hears of; idle ones nobody waits for.
  pool.on('connect', (client) => client.on('error', () => {}))
  pool.on('error', (error) =>
    observe({ kind: 'message', level: 'warn', text: 'an idle database connection broke', error }),
  )
  const kysely = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })

  let roleSettings = await readRoleSettings(pool)
  const identify = (caller: Caller, request: RequestInfo | undefined) =>
    identityStatement(caller, request, roleSettings.get(caller.role))

  return {
    async run(caller, request, statements) {
      const client = await pool.connect()
      try {
        return await new RoundTrip(caller.role, [identify(caller, request), ...statements], prepared).on(client)
      } finally {
        client.release()
      }
    },
    transaction<DB, T>(caller: Caller, request: RequestInfo | undefined, work: (trx: Transaction<DB>) => Promise<T>) {
      return (kysely as Kysely<unknown> as Kysely<DB>).transaction().execute(async (trx) => {
        const { text, values } = identify(caller, request)
        await trx.executeQuery(CompiledQuery.raw(text, [...values]))
        return await work(trx)
      })
    },
    async refreshRoleSettings() {
      roleSettings = await readRoleSettings(pool)
    },
    close: () => pool.end(),
  }
}
