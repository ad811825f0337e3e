import pg from 'pg'
import { expect, test } from 'vitest'
import { forgetMessages } from '#realtime'
import { administer } from '../support/administer.ts'
import { cloneDatabase } from '../support/database.ts'

test('messages are kept for three days', async () => {
  const database = await cloneDatabase()
  const { connections } = database
  await administer(
    connections,
    `insert into realtime.messages (topic, extension, payload, inserted_at)
     select 'old', 'broadcast', '{}', now() at time zone 'utc' - interval '5 days' from generate_series(1, 12000)`,
    `insert into realtime.messages (topic, extension, payload, inserted_at)
     values ('young', 'broadcast', '{}', now() at time zone 'utc' - interval '71 hours')`,
  )
  await forgetMessages(connections.for('supabase_admin'))
  const client = new pg.Client(connections.for('supabase_admin'))
  await client.connect()
  const { rows } = await client.query('select topic from realtime.messages')
  await client.end()
  expect(rows).toEqual([{ topic: 'young' }])
  await database.drop()
})
