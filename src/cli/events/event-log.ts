import pg from 'pg'
import { withProjectDatabase } from '../database/index.ts'
import type { DatabaseOptions } from '../options.ts'

/** Lends a connection to the database of the project's event log, whether its backend runs or not. */
export async function withEventLog<T>(options: DatabaseOptions, work: (client: pg.Client) => Promise<T>): Promise<T> {
  return await withProjectDatabase(options, { state: 'platform' }, async ({ database }) => {
    const client = new pg.Client({ ...database.connections.for('postgres'), application_name: 'portico events' })
    client.on('error', () => {})
    await client.connect()
    try {
      return await work(client)
    } finally {
      await client.end()
    }
  })
}
