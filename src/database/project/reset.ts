import { sql } from 'kysely'
import pg from 'pg'
import { PorticoError } from '#errors'
import { asAdministrator, lockDatabase, rows } from '../administer.ts'
import type { Connections } from '../connections.ts'
import { dropDatabase } from './drop-database.ts'

/**
 * Throws the database away and makes an empty one of the same name; baseline and project are to be applied again.
 * Whoever is connected is put out. Roles are the cluster's, and stay.
 *
 * @throws PorticoError CONFIG_INVALID if the administrator may not do so.
 */
export async function resetDatabase(connections: Connections): Promise<void> {
  const config = connections.for('supabase_admin')
  const database = await asAdministrator(config, currentDatabase)
  await asAdministrator(inDatabase(config, 'template1'), async (client) => {
    await lockDatabase(client)
    try {
      await dropDatabase(client, database)
      await rows(client, sql`create database ${sql.id(database)}`)
    } catch (cause) {
      if (!(cause instanceof pg.DatabaseError)) throw cause
      throw new PorticoError('CONFIG_INVALID', {
        message: `The database ${database} cannot be made anew: ${cause.message}`,
        cause,
      })
    }
  })
}

async function currentDatabase(client: pg.ClientBase): Promise<string> {
  const [current] = await rows(client, sql<{ name: string }>`select current_database() as name`)
  return current?.name ?? 'postgres'
}

/** The same login to another database; in pg a connection string wins over all else. */
export function inDatabase(config: pg.ClientConfig, database: string): pg.ClientConfig {
  if (config.connectionString === undefined) return { ...config, database }
  const url = new URL(config.connectionString)
  url.pathname = `/${database}`
  return { ...config, connectionString: url.href }
}
