import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { type Connections, tolerateBreaks } from '#database'
import type { Observe } from '#observe'
import type { AuthTables } from './tables.ts'

/** Auth's tables, inside or outside a transaction. */
export type AuthDatabase = Kysely<AuthTables>

export interface OpenDatabase {
  readonly db: AuthDatabase
  /** The same connections, for libraries with SQL of their own. */
  readonly pool: pg.Pool
  close(): Promise<void>
}

/** Of one copy of this service. */
export const maximumConnections = 8

/** Opens a pool as `supabase_auth_admin`, the owner of the `auth` schema. Connects when first used. */
export function openDatabase(connections: Connections, observe: Observe): OpenDatabase {
  const pool = new pg.Pool({
    ...connections.for('supabase_auth_admin'),
    application_name: 'portico auth',
    max: maximumConnections,
    connectionTimeoutMillis: 10_000,
    statement_timeout: 15_000,
    idle_in_transaction_session_timeout: 30_000,
  })
  tolerateBreaks(pool, (reason) =>
    observe({ kind: 'message', level: 'warn', text: 'an idle connection of the auth service broke', data: { reason } }),
  )
  return {
    pool,
    db: new Kysely<AuthTables>({ dialect: new PostgresDialect({ pool }) }),
    // Not Kysely's destroy, which closes nothing before the first use.
    close: () => pool.end(),
  }
}
