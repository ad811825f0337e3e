import { sql } from 'kysely'
import pg from 'pg'
import { rows } from '../administer.ts'

/** SQLSTATE object_in_use. */
const inUse = '55006'
const attempts = 5

/**
 * Drops a database, if there is one of the name, and puts out whoever is connected to it. `force` alone does not put out a
 * reader of its changes: Postgres refuses to drop a database that has an active logical replication slot.
 *
 * @param client connected to another database, as a role that may end the sessions
 * @see https://www.postgresql.org/docs/current/sql-dropdatabase.html
 */
export async function dropDatabase(client: pg.ClientBase, name: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    await rows(
      client,
      sql`select pg_terminate_backend(active_pid, 30000) from pg_replication_slots where active and database = ${name}`,
    )
    try {
      await rows(client, sql`drop database if exists ${sql.id(name)} with (force)`)
      return
    } catch (error) {
      // A reader that was put out may be back already.
      if (attempt === attempts || !(error instanceof pg.DatabaseError) || error.code !== inUse) throw error
    }
  }
}
