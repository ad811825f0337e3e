import pg from 'pg'
import { amongPostgresOwn } from '#database'

/** Rows that one statement removes: none holds locks for long. */
const atOnce = 5000

/**
 * Removes the messages of `realtime.messages` that are more than three days old, counted in whole days.
 *
 * @param login `authenticator`, which is nothing by itself: triggers that the project put on the table run in its session
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
    for (;;) {
      const { rows } = await client.query<{ gone: string }>('select realtime.forget_messages($1) as gone', [atOnce])
      if (Number(rows[0]?.gone) < atOnce) return
    }
  } finally {
    await client.end()
  }
}
