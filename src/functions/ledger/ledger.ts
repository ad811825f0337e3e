import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import type { Observation, Observe } from '#observe'

export type Invocation = Omit<Extract<Observation, { kind: 'invocation' }>, 'kind'>

/** Keeps what invocations used as rows of `portico.invocations`. */
export interface Ledger {
  /** Notes one that has just ended; it is a row within a second. */
  note(invocation: Invocation): void
  /** Writes what is noted. */
  close(): Promise<void>
}

export interface LedgerOptions {
  /** As a role that may write to the table. */
  readonly connection: pg.ClientConfig
  readonly observe: Observe
}

interface Row {
  function: string
  trigger: string
  role: string | null
  status: number
  cold: boolean
  /** In milliseconds since 1970. */
  started: number
  wall_ms: number
  cpu_ms: number
  peak_mb: number
  gb_seconds: number
}

const everyMs = 500
const batch = 1_000
/** While the database is away, so many are kept, and the rest lost. */
const mostKept = 50_000
const keptDays = 90
const tidyMs = 60 * 60 * 1000

export function createLedger({ connection, observe }: LedgerOptions): Ledger {
  let noted: Row[] = []
  let lost = 0
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> | undefined
  let database: Kysely<unknown> | undefined
  let tidied = 0

  function open(): Kysely<unknown> {
    if (database) return database
    const pool = new pg.Pool({
      ...connection,
      max: 1,
      idleTimeoutMillis: 10_000,
      application_name: 'portico functions',
    })
    pool.on('error', () => {})
    // An administrator must not come upon functions that the project put in the way.
    // What a crash of the server may cost of it, a crash of this process costs as well.
    const settings = 'set search_path = pg_catalog, pg_temp; set synchronous_commit = off'
    pool.on('connect', (client) => void client.query(settings).catch(() => {}))
    database = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
    return database
  }

  async function write(): Promise<void> {
    while (noted.length > 0) {
      const rows = noted.slice(0, batch)
      const json = JSON.stringify(rows)
      // One parameter for all rows: they are as many as there happen to be.
      await sql`insert into portico.invocations
        (function, trigger, role, status, cold, started_at, wall_ms, cpu_ms, peak_mb, gb_seconds)
        select function, trigger, role, status, cold, to_timestamp(started / 1000), wall_ms, cpu_ms, peak_mb, gb_seconds
        from json_to_recordset(${json}::json) as noted (
          function text, trigger text, role text, status integer, cold boolean, started float8,
          wall_ms float8, cpu_ms float8, peak_mb float8, gb_seconds float8
        )`.execute(open())
      noted = noted.slice(rows.length)
    }
    if (Date.now() - tidied < tidyMs) return
    tidied = Date.now()
    await sql`delete from portico.invocations where started_at < now() - make_interval(days => ${keptDays})`.execute(
      open(),
    )
  }

  function flush(): Promise<void> {
    timer = undefined
    writing ??= write()
      .catch((error) => observe({ kind: 'message', level: 'warn', text: 'invocations could not be written', error }))
      .finally(() => {
        writing = undefined
        if (noted.length > 0) schedule()
      })
    return writing
  }

  function schedule(): void {
    timer ??= setTimeout(() => void flush(), everyMs)
    timer.unref()
  }

  return {
    note(invocation) {
      if (noted.length < mostKept) noted.push(rowOf(invocation))
      else if (lost++ === 0) {
        observe({
          kind: 'message',
          level: 'warn',
          text: `more than ${mostKept} invocations wait to be written: the rest is lost`,
        })
      }
      schedule()
    },
    async close() {
      clearTimeout(timer)
      await writing
      if (noted.length > 0) await flush()
      clearTimeout(timer)
      await database?.destroy()
    },
  }
}

function rowOf({ name, trigger, role, status, cold, ms, cpuMs, peakBytes, gbSeconds }: Invocation): Row {
  return {
    function: name,
    trigger,
    role: role ?? null,
    status,
    cold,
    started: Math.round(Date.now() - ms),
    wall_ms: rounded(ms, 1e3),
    cpu_ms: rounded(cpuMs, 1e3),
    peak_mb: rounded(peakBytes / 1024 / 1024, 1e3),
    gb_seconds: rounded(gbSeconds, 1e9),
  }
}

function rounded(value: number, parts: number): number {
  return Math.round(value * parts) / parts
}
