import pg from 'pg'
import { expect, test } from 'vitest'
import { isPooled } from '#database'
import { administer } from '../support/administer.ts'
import { cloneDatabase } from '../support/database.ts'

test('an administrator who asks for a pooler runs nothing of the project', async () => {
  const database = await cloneDatabase()
  const { connections } = database
  await administer(
    connections,
    `set role postgres;
     create schema planted; grant usage on schema planted to public;
     create function planted.pg_backend_pid() returns integer language sql as 'select -1';
     do $$begin execute format('alter database %I set search_path = planted, pg_catalog', current_database()); end$$`,
  )
  const client = new pg.Client(connections.for('supabase_admin'))
  await client.connect()
  expect((await client.query('select pg_backend_pid() as pid')).rows).toEqual([{ pid: -1 }])
  expect(await isPooled(client)).toBe(false)
  await client.end()
  await database.drop()
})
