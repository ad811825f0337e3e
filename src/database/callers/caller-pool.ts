import { availableParallelism } from 'node:os'
import { CompiledQuery, Kysely, PostgresDialect, type Transaction } from 'kysely'
import pg from 'pg'
import { type Observe, traced, traceHeaders } from '#observe'
import type { Caller, RequestInfo } from '../caller.ts'
import type { Connections } from '../connections.ts'
import { tolerateBreaks } from '../tolerate-breaks.ts'
import { Brevity, createLinePool, type TextRow } from '../wire/index.ts'
import { ask } from './asking.ts'
import { BytesCollector, type BytesRow, collectRows, type Streaming } from './collectors.ts'
import type { Departure } from './departure.ts'
import { identityStatement } from './identity.ts'
import { isolationOf, untilSerialized } from './isolation.ts'
import type { Collector, Statement } from './question.ts'
import { readRoleSettings } from './role-settings.ts'

export interface CallerPoolOptions {
  readonly connections: Connections
  readonly observe: Observe
  /** Connections at most for what is one round trip, and again for transactions of several; 8 measured best for reads on two cores. */
  readonly size?: number
  /** How many statements the database's machine works on at once; what is known of this machine, if it is this one. */
  readonly processors?: number
  /**
   * False behind a transaction-mode pooler, where a prepared statement may be gone at the next transaction. Otherwise
   * each connection is asked whether a pooler is there that nobody told of.
   */
  readonly prepared?: boolean
}

export interface RunOptions {
  /** Run the statements for their answers alone, and roll back what they did. */
  readonly undone?: boolean
  /** Whether the statements only read: they may share a round trip with others', and be asked twice. */
  readonly reads?: boolean
  /** Ends the statements when it is aborted: the caller has gone away. */
  readonly signal?: Departure | undefined
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
  run(
    caller: Caller,
    request: RequestInfo | undefined,
    statements: readonly Statement[],
    options?: RunOptions,
  ): Promise<(string | null)[]>
  /** The same, with every row and column of each statement's answer. */
  rows(
    caller: Caller,
    request: RequestInfo | undefined,
    statements: readonly Statement[],
    options?: RunOptions,
  ): Promise<readonly (readonly TextRow[])[]>
  /**
   * At most one row of each statement, with the first column's text as the bytes that Postgres sent; large ones may be
   * taken while they arrive.
   */
  bytes(
    caller: Caller,
    request: RequestInfo | undefined,
    statements: readonly Statement[],
    options?: RunOptions & { readonly streaming?: Streaming | undefined },
  ): Promise<readonly (BytesRow | undefined)[]>
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

const sqlSpan = { kind: 'client', attributes: { 'db.system.name': 'postgresql' } } as const

export async function createCallerPool(options: CallerPoolOptions): Promise<CallerPool> {
  const { connections, observe, size = 8, prepared = true } = options
  const config = { ...connections.for('authenticator'), application_name: 'portico' }
  const { processors = sharesProcessors(config) ? availableParallelism() : size } = options
  const lines = createLinePool({ config, size, flowing: processors, prepared, observe })
  const server = { lines, brevity: new Brevity() }
  const pool = new pg.Pool({ ...config, max: size, connectionTimeoutMillis: 10_000 })
  tolerateBreaks(pool, (reason) =>
    observe({ kind: 'message', level: 'warn', text: 'an idle database connection broke', data: { reason } }),
  )
  const kysely = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })

  // Each stream holds its connection for as long as its client takes: what is left of them is for everybody else.
  const streams = { open: 0, most: Math.max(1, Math.floor(size / 2)) }

  let roleSettings = await readRoleSettings(pool)
  const identify = (caller: Caller, request: RequestInfo | undefined) =>
    identityStatement(caller, withTrace(request), roleSettings.get(caller.role))

  function trip<Answer>(
    caller: Caller,
    request: RequestInfo | undefined,
    statements: readonly Statement[],
    collect: () => Collector<Answer>,
    { undone = false, reads = false, signal, streaming }: RunOptions & { readonly streaming?: Streaming | undefined },
  ): Promise<Answer> {
    const opening = isolationOf(request, roleSettings.get(caller.role))
    const once = () =>
      traced('sql', sqlSpan, () => {
        const all = [identify(caller, request), ...statements]
        return ask(server, { role: caller.role, opening, statements: all, collect, undone, reads }, signal)
      })
    // What was sent on while it arrived cannot be sent again.
    return opening === undefined || streaming !== undefined ? once() : untilSerialized(once)
  }

  return {
    async run(caller, request, statements, options = {}) {
      const rows = await trip(caller, request, statements, () => collectRows(statements.length), options)
      return rows.map((rows) => rows[0]?.[0] ?? null)
    },
    rows: (caller, request, statements, options = {}) =>
      trip(caller, request, statements, () => collectRows(statements.length), options),
    bytes: (caller, request, statements, options = {}) =>
      trip(caller, request, statements, () => new BytesCollector(options.streaming, streams), options),
    transaction<DB, T>(caller: Caller, request: RequestInfo | undefined, work: (trx: Transaction<DB>) => Promise<T>) {
      return (kysely as Kysely<unknown> as Kysely<DB>).transaction().execute(async (trx) => {
        const opening = isolationOf(request, roleSettings.get(caller.role))
        if (opening) await trx.executeQuery(CompiledQuery.raw(opening.text))
        const { text, values } = identify(caller, request)
        await trx.executeQuery(CompiledQuery.raw(text, [...values]))
        return await work(trx)
      })
    },
    async refreshRoleSettings() {
      roleSettings = await readRoleSettings(pool)
    },
    async close() {
      await Promise.all([lines.close(), pool.end()])
    },
  }
}

/** Whether the server is on this machine. */
function sharesProcessors({ host = 'localhost' }: pg.ClientConfig): boolean {
  return host.startsWith('/') || host === 'localhost' || host === '127.0.0.1' || host === '::1'
}

/** The request with the current trace, where there is one, for what the statements set off: events go on with it. */
function withTrace(request: RequestInfo | undefined): RequestInfo | undefined {
  if (request === undefined) return undefined
  const { traceparent } = traceHeaders()
  if (traceparent === undefined) return request
  return { ...request, settings: { ...request.settings, 'portico.traceparent': traceparent } }
}
