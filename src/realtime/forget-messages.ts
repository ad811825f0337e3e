import pg from 'pg'
import { amongPostgresOwn } from '#database'

/** Rows that one statement removes: none holds locks for long. */
const atOnce = 5000

/**
 * Removes the messages of `realtime.messages` that are more than three days old, counted in whole days.
 *
 * @param login `postgres`, who may become `supabase_realtime_admin`: whatever triggers the project put on the table can do
 * no more than the project may
 * @see supabase/realtime, `Realtime.Messages.delete_old_messages`
 */
export async function forgetMessages(login: pg.ClientConfig): Promise<void> {
  const client = new pg.Client({
    application_name: 'portico realtime',
    connectionTimeoutMillis: 10_000,
    ...amongPostgresOwn(login),
  })
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query('set role supabase_realtime_admin')
    let removed = atOnce
    while (removed === atOnce) removed = (await client.query(removeSome, [atOnce])).rowCount ?? 0
  } finally {
    await client.end()
  }
}

const removeSome = `
  delete from realtime.messages where (id, inserted_at) in (
    select id, inserted_at from realtime.messages
    where inserted_at < pg_catalog.date_trunc('day', (pg_catalog.now() at time zone 'utc') - interval '72 hours')
    limit $1
  )`
