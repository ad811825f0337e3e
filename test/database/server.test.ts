import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cloneDatabase, type TestDatabase } from '../support/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await cloneDatabase()
})
afterAll(() => database.drop())

test('a cloned database has the platform, its settings and durable writes', async () => {
  const client = new pg.Client(database.connections.for('postgres'))
  await client.connect()
  const { rows } = await client.query(`select current_database() as name, current_setting('search_path') as path,
    current_setting('app.settings.jwt_exp') as expiry, current_setting('TimeZone') as zone,
    current_setting('wal_level') as wal, current_setting('fsync') as fsync, current_setting('jit') as jit,
    to_regclass('auth.users')::text as users, (select extversion is not null from pg_extension where extname = 'pg_net') as net`)
  await client.end()
  expect(rows).toEqual([
    {
      name: database.name,
      path: '"$user", public, extensions',
      expiry: '3600',
      zone: 'UTC',
      wal: 'logical',
      fsync: 'on',
      jit: 'off',
      users: 'auth.users',
      net: true,
    },
  ])
})
