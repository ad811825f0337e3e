import { sql } from 'kysely'
import type pg from 'pg'
import { PorticoError } from '#errors'
import { administer, rows } from './administer.ts'
import type { Connections } from './connections.ts'

/** Whether a database is that of a Supabase elsewhere, in which nothing is Portico's. */
export async function isSupabaseElsewhere(connections: Connections): Promise<boolean> {
  return await administer(connections.for('supabase_admin'), isOfSupabase)
}

/**
 * The platform's own schema is never made over that of a Supabase that runs: its roles and tables are its services'.
 *
 * @throws PorticoError CONFIG_INVALID with the ways out
 */
export async function refuseSupabase(client: pg.ClientBase): Promise<void> {
  if (!(await isOfSupabase(client))) return
  throw new PorticoError('CONFIG_INVALID', {
    message:
      "--db-url: this is a Supabase's database: it has auth.users, and nothing that Portico made. Stand in front of it " +
      'with SUPABASE_URL and DATABASE_URL (docs/managed.md). To take a copy of one over for good: create schema portico',
  })
}

async function isOfSupabase(client: pg.ClientBase): Promise<boolean> {
  const [found] = await rows(
    client,
    sql<{ elsewhere: boolean }>`
      select to_regclass('auth.users') is not null and to_regnamespace('portico') is null as elsewhere`,
  )
  return found?.elsewhere ?? false
}
