import pg from 'pg'
import { type Connections, dropDatabase } from '#database'

/** Runs statements of a test's own as the superuser, one by one. */
export async function administer(connections: Connections, ...statements: readonly string[]): Promise<void> {
  await withAdministrator(connections, async (client) => {
    for (const statement of statements) await client.query(statement)
  })
}

/** Drops a database that others may still be connected to: processes that were killed, whom the server has not missed yet. */
export async function dropByForce(connections: Connections, name: string): Promise<void> {
  await withAdministrator(connections, (client) => dropDatabase(client, name))
}

async function withAdministrator(connections: Connections, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client(connections.for('supabase_admin'))
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
