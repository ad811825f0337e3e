import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Observation } from '#observe'
import { ask, temporaryFolder, withServer } from './server-fixture.ts'

const path = join(temporaryFolder(afterAll), 'data')
beforeAll(async () => {
  await withServer(path, {}, async (server) => {
    await ask(server, `create role guest login password 'let me in'`)
  })
})
const host = '127.0.0.1'

test('settings of the project reach Postgres', async () => {
  const settings = { max_connections: '23', work_mem: '5MB', 'my.note': `it's a \\ "note"` }
  const shown = await withServer(path, { settings }, (server) =>
    ask(
      server,
      `select current_setting('max_connections') as connections, current_setting('work_mem') as mem, current_setting('my.note') as note`,
    ),
  )
  expect(shown).toEqual([{ connections: '23', mem: '5MB', note: settings['my.note'] }])
})

test.each([
  [{ fsync: 'off' }, 'CONFIG_INVALID', /\[db\.settings\] fsync may not be set/],
  [{ listen_addresses: '*' }, 'CONFIG_INVALID', /listen_addresses/],
  [{ 'work_mem = 1\nfsync': 'off' }, 'CONFIG_INVALID', /no setting of Postgres/],
  [{ work_mem: "1MB'\nfsync = off" }, 'CONFIG_INVALID', /line break/],
  [{ work_mem: 'plenty' }, 'POSTGRES_FAILED', /work_mem/],
  [{ no_such_setting: '1' }, 'POSTGRES_FAILED', /no_such_setting/],
])('%j is refused', async (settings, code, message) => {
  const refused = withServer(path, { settings }, async () => {})
  await expect(refused).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
})

test('TCP takes the right password and nothing else', async () => {
  await withServer(path, { listen: { host, port: 0 } }, async ({ port }) => {
    const login = async (user: string, password: string) => {
      const client = new pg.Client({ host, port, user, password, database: 'postgres' })
      await client.connect()
      const { rows } = await client.query('select current_user as me')
      await client.end()
      return rows
    }
    expect(await login('guest', 'let me in')).toEqual([{ me: 'guest' }])
    await expect(login('guest', 'wrong')).rejects.toThrow(/password/)
    await expect(login('supabase_admin', '')).rejects.toThrow(/password/)
  })
})

test('without `listen` there is no TCP', async () => {
  await withServer(path, {}, async (server) => {
    expect(await ask(server, `select current_setting('listen_addresses') as tcp`)).toEqual([{ tcp: '' }])
  })
})

test('a port that is taken is named, with the key to change', async () => {
  const other = createServer().listen(0, host)
  await once(other, 'listening')
  const address = other.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const start = withServer(path, { listen: { host, port } }, async () => {})
  await expect(start).rejects.toMatchObject({
    code: 'PORT_IN_USE',
    message: expect.stringMatching(new RegExp(`${port}.*\\[db\\] port`)),
  })
  other.close()
})

test('warnings are observed, what users wrote is not', async () => {
  const seen: Observation[] = []
  await withServer(path, { observe: (o) => seen.push(o) }, async (server) => {
    await ask(server, `do $$ begin raise warning 'mind the gap'; end $$`)
    await ask(server, `create temp table once (it text unique)`)
    await expect(ask(server, 'select $1::text::uuid', ['s3cret'])).rejects.toThrow(/s3cret/)
    await expect(ask(server, `select 's3cret'::int`)).rejects.toThrow()
  })
  const said = JSON.stringify(seen)
  expect(said).toContain('"level":"warn","text":"postgres: mind the gap"')
  expect(said).toContain('22P02')
  expect(said).not.toContain('s3cret')
})
