import pg from 'pg'
import { expect, test } from 'vitest'
import { watchCatalog } from '#database'
import { silent } from '#observe'
import { administer } from '../support/administer.ts'
import { cloneDatabase } from '../support/database.ts'

test('a catalogue that takes longer to read than a statement may is read all the same', async () => {
  await using closing = new AsyncDisposableStack()
  const { connections, name, drop } = await cloneDatabase()
  closing.defer(drop)
  await administer(connections, `alter role authenticator in database ${name} set statement_timeout = '250ms'`)
  const holder = new pg.Client(connections.for('supabase_admin'))
  await holder.connect()
  closing.defer(() => holder.end())

  await holder.query('begin; lock table pg_catalog.pg_attrdef in access exclusive mode')
  const watching = watchCatalog({
    connections,
    observe: silent,
    schemas: ['public'],
    pollEvery: 60_000,
    listens: false,
  })
  const waiting = `select count(*)::int as n from pg_stat_activity where application_name = 'portico catalogue'
    and datname = current_database() and wait_event_type = 'Lock' and clock_timestamp() - query_start > '500ms'`
  const isWaiting = async () => {
    // A transaction sees one state of what others do, unless it asks for the next.
    await holder.query('select pg_stat_clear_snapshot()')
    return (await holder.query<{ n: number }>(waiting)).rows[0]?.n
  }
  await Promise.race([watching, expect.poll(isWaiting, { timeout: 20_000 }).toBe(1)])
  await holder.query('commit')
  const catalog = await watching
  closing.defer(() => catalog.close())
  expect(catalog.current.schemas.map((schema) => schema.name)).toEqual(['public'])
})
