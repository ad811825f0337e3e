import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { type Connections, tolerateBreaks } from '#database'
import type { Observe } from '#observe'

/** Connections for the event log; `db` builds statements over the same pool. */
export interface EventsDatabase {
  readonly pool: pg.Pool
  readonly db: Kysely<unknown>
  close(): Promise<void>
}

/**
 * The administrator's pool: the log, cron's and pg_net's tables are its own. Names without a schema are Postgres' own,
 * whatever the project's `postgres` put in the way. Commits do not wait for the disk, since most lose nothing but a
 * claim; those that must wait turn it on for themselves.
 */
export function openEventsDatabase(connections: Connections, observe: Observe): EventsDatabase {
  const pool = new pg.Pool({
    ...connections.for('supabase_admin'),
    application_name: 'portico events',
    max: 6,
    connectionTimeoutMillis: 10_000,
    onConnect: async (client) => {
      await client.query('set search_path = pg_catalog, pg_temp; set synchronous_commit = off')
    },
  })
  tolerateBreaks(pool, (reason) =>
    observe({ kind: 'message', level: 'debug', text: 'an idle connection of the event log broke', data: { reason } }),
  )
  return {
    pool,
    db: new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) }),
    close: () => pool.end(),
  }
}
