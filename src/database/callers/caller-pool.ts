import { CompiledQuery, Kysely, PostgresDialect, type Transaction } from 'kysely'
import pg from 'pg'
import type { Observe } from '#observe'
import type { Caller, RequestInfo } from '../caller.ts'
import type { Connections } from '../connections.ts'
import { isPooled } from '../pooled.ts'
import { identityStatement } from './identity.ts'
import { readRoleSettings } from './role-settings.ts'
import { RoundTrip, type Statement, type TextRow } from './round-trip.ts'

export interface CallerPoolOptions {
  readonly connections: Connections
  readonly observe: Observe
  /** Connections at most; 8 measured best on two cores. */
  readonly size?: number
  /**
   * False behind a transaction-mode pooler, where a prepared statement may be gone at the next transaction. Otherwise
   * each connection is asked whether a pooler is there that nobody told of.
   */
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
  /**
   * The same, with every row and column of each statement's answer.
   *
   * @param undone run the statements for their answers alone, and roll back what they did
   */
  rows(
    caller: Caller,
    request: RequestInfo | undefined,
    statements: readonly Statement[],
    undone?: boolean,
  ): Promise<readonly (readonly TextRow[])[]>
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
  const direct = new WeakSet<pg.ClientBase>()
  const pool = new pg.Pool({
    ...connections.for('authenticator'),
    application_name: 'portico',
    max: size,
    connectionTimeoutMillis: 10_000,
    onConnect: async (client) => {
      if (prepared && !(await isPooled(client))) direct.add(client)
    },
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

  async function run(
    caller: Caller,
    request: RequestInfo | undefined,
    statements: readonly Statement[],
    undone: boolean,
    again = false,
  ): Promise<readonly (readonly TextRow[])[]> {
    const client = await pool.connect()
    let unusable = false
    try {
      const trip = new RoundTrip(caller.role, [identify(caller, request), ...statements], direct.has(client), undone)
      return await trip.on(client)
    } catch (error) {
      // Nothing was done, and a new connection knows what it has prepared.
      unusable = direct.has(client) && isOutOfStep(error)
      if (!unusable || again) throw error
    } finally {
      client.release(unusable)
    }
    return await run(caller, request, statements, undone, true)
  }

  return {
    async run(caller, request, statements) {
      return (await run(caller, request, statements, false)).map((rows) => rows[0]?.[0] ?? null)
    },
    rows: (caller, request, statements, undone = false) => run(caller, request, statements, undone),
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

/** The session does not hold the prepared statements that it was told to: it is not the one that it was. */
function isOutOfStep(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.code === '26000' || error.code === '42P05')
}
