import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import type { Observe } from '#observe'
import { createNoted, type Invocation } from './noted.ts'

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

const everyMs = 500
const batch = 1_000
/** While the database is away, so many are kept, and the rest lost. */
const mostKept = 50_000
const keptDays = 90
const tidyMs = 60 * 60 * 1000

export function createLedger({ connection, observe }: LedgerOptions): Ledger {
  const noted = createNoted()
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
      const rows = noted.first(batch)
      await sql`insert into portico.invocations
        (function, trigger, role, status, cold, started_at, wall_ms, cpu_ms, peak_mb, gb_seconds)
        select function, trigger, role, status, cold, to_timestamp(started), wall_ms, cpu_ms, peak_mb, gb_seconds
        from unnest(
          ${rows.function}::text[], ${rows.trigger}::text[], ${rows.role}::text[], ${listed(rows.status)}::integer[],
          ${listed(rows.cold)}::boolean[], ${listed(rows.started)}::float8[], ${listed(rows.wallMs)}::float8[],
          ${listed(rows.cpuMs)}::float8[], ${listed(rows.peakMb)}::float8[], ${listed(rows.gbSeconds)}::float8[]
        ) as noted (function, trigger, role, status, cold, started, wall_ms, cpu_ms, peak_mb, gb_seconds)`.execute(
        open(),
      )
      noted.drop(rows.status.length)
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
      if (noted.length < mostKept) noted.add(invocation)
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

/** As Postgres writes an array of what needs no quotes. */
function listed(values: readonly (number | boolean)[]): string {
  return `{${values.join()}}`
}
