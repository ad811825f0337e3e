import pg from 'pg'
import type { Connections } from '#database'

/** Runs statements of a test's own as the superuser, one by one. */
export async function administer(connections: Connections, ...statements: readonly string[]): Promise<void> {
  const client = new pg.Client(connections.for('supabase_admin'))
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}
