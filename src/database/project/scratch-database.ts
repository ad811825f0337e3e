import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type pg from 'pg'
import { administer, asAdministrator, rows } from '../administer.ts'
import type { Connections } from '../connections.ts'
import { dropDatabase } from './drop-database.ts'
import { inDatabase } from './reset.ts'

const prefix = 'portico_scratch_'

/** Lends the work an empty database beside the project's own, on the same server, and drops it behind the work. */
export async function withScratchDatabase<T>(
  connections: Connections,
  work: (scratch: Connections) => Promise<T>,
): Promise<T> {
  const own = connections.for('supabase_admin')
  const name = `${prefix}${randomBytes(6).toString('hex')}`
  const scratch: Connections = { for: (role) => inDatabase(connections.for(role), name) }
  await asAdministrator(own, async (client) => {
    await dropAbandoned(client)
    await rows(client, sql`create database ${sql.id(name)} template template0`)
  })
  try {
    // Held as long as it is used: one that nobody is connected to was left by a process that is gone.
    return await administer(scratch.for('supabase_admin'), () => work(scratch))
  } finally {
    await asAdministrator(own, (client) => dropDatabase(client, name))
  }
}

async function dropAbandoned(client: pg.ClientBase): Promise<void> {
  const abandoned = await rows(
    client,
    sql<{ name: string }>`select datname as name from pg_database d
      where starts_with(datname, ${prefix}) and (pg_stat_file('base/' || d.oid, true)).modification < now() - interval '1 hour'
        and not exists (select from pg_stat_activity a where a.datname = d.datname)`,
  )
  for (const { name } of abandoned) await rows(client, sql`drop database if exists ${sql.id(name)}`)
}
