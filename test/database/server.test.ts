import { readFileSync } from 'node:fs'
import pg from 'pg'
import { expect, test } from 'vitest'
import { useDatabase } from '../support/database.ts'

const database = useDatabase()

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

/** Pages that a process has asked the system for. */
const faultsOf = (pid: number) => Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[7])

const isGlibc =
  process.platform === 'linux' && 'glibcVersionRuntime' in (process.report.getReport() as { header: object }).header

test.runIf(isGlibc)('a session keeps the memory that an answer of 200 KB took, for the next one', async () => {
  const client = new pg.Client(database.connections.for('postgres'))
  await client.connect()
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  const pid = rows[0]?.pid ?? 0
  const ask = async (times: number) => {
    const before = faultsOf(pid)
    for (let i = 0; i < times; i++)
      await client.query(`select string_agg(repeat('x', 400), ',') from generate_series(1, 500)`)
    return faultsOf(pid) - before
  }
  await ask(20)
  // Its text alone is 50 pages.
  expect(await ask(20)).toBeLessThan(20 * 10)
  await client.end()
})
