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
  started_at: string
  wall_ms: number
  cpu_ms: number
  peak_mb: number
  gb_seconds: number
}

interface Schema {
  'portico.invocations': Row
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
  let database: Kysely<Schema> | undefined
  let tidied = 0

  function open(): Kysely<Schema> {
    if (database) return database
    const pool = new pg.Pool({
      ...connection,
      max: 1,
      idleTimeoutMillis: 10_000,
      application_name: 'portico functions',
    })
    pool.on('error', () => {})
    // An administrator must not come upon functions that the project put in the way.
    pool.on('connect', (client) => void client.query('set search_path = pg_catalog, pg_temp').catch(() => {}))
    database = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) })
    return database
  }

  async function write(): Promise<void> {
    while (noted.length > 0) {
      const rows = noted.slice(0, batch)
      const json = JSON.stringify(rows)
      // One parameter for all rows: they are as many as there happen to be.
      await sql`insert into portico.invocations
        (function, trigger, role, status, cold, started_at, wall_ms, cpu_ms, peak_mb, gb_seconds)
        select function, trigger, role, status, cold, started_at, wall_ms, cpu_ms, peak_mb, gb_seconds
        from json_populate_recordset(null::portico.invocations, ${json}::json)`.execute(open())
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
    ...{ function: name, trigger, role: role ?? null, status, cold },
    started_at: new Date(Date.now() - ms).toISOString(),
    wall_ms: rounded(ms),
    cpu_ms: rounded(cpuMs),
    peak_mb: rounded(peakBytes / 1024 / 1024),
    gb_seconds: Number(gbSeconds.toPrecision(6)),
  }
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000
}
