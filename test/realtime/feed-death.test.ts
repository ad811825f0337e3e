import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import type { PostgresServer } from '#database'
import type { Observation } from '#observe'
import { createChangeFeed } from '../../src/realtime/feed/index.ts'
import { ask, temporaryFolder, withServer } from '../database/server-fixture.ts'
import { layCable } from '../support/cable.ts'
import { until } from '../support/until.ts'

const path = join(temporaryFolder(afterAll), 'data')
/** Of a server without a baseline, which has no other. */
function logins(server: PostgresServer) {
  const login = server.connections().for('supabase_admin')
  return { login, plainLogin: login }
}

const slots = 'select slot_name from pg_replication_slots'

test('kill -9 of a reader leaves no slot', async () => {
  await withServer(path, {}, async (server) => {
    const login = JSON.stringify(server.connections().for('supabase_admin'))
    const child = spawn(process.execPath, [fileURLToPath(new URL('./serve-feed.ts', import.meta.url)), login])
    await once(child.stdout, 'data')
    expect(await ask(server, slots)).toHaveLength(1)
    child.kill('SIGKILL')
    await until(async () => (await ask(server, slots)).length === 0)
  })
})

test('Postgres dies under a reader, and it reads on once it is back', async () => {
  await withServer(path, {}, async (server) => {
    const observed: Observation[] = []
    const feed = createChangeFeed({
      ...logins(server),
      observe: (observation) => observed.push(observation),
    })
    await ask(server, 'create table if not exists written (a int)')
    let missed = 0
    const seen: string[] = []
    const stop = await feed.read({
      missed: () => void missed++,
      touched: (tables) => void seen.push(...tables.map(({ name }) => name)),
    })
    const { pid } = server
    process.kill(pid, 'SIGKILL')
    await until(() => server.pid !== pid && missed > 0)
    await ask(server, 'insert into written values (1)')
    await until(() => seen.includes('written'))
    expect(observed).toContainEqual(expect.objectContaining({ level: 'warn', text: 'the stream of changes broke' }))
    stop()
    await feed.close()
  })
})

test('a server that has vanished without a word is given up, one that is only quiet is asked', async () => {
  await withServer(path, {}, async (server) => {
    const { login } = logins(server)
    const cable = await layCable({ path: `${server.socketFolder}/.s.PGSQL.${server.port}` })
    const observed: Observation[] = []
    const feed = createChangeFeed({
      login: { ...login, host: '127.0.0.1', port: cable.port },
      plainLogin: login,
      silence: 1500,
      observe: (observation) => observed.push(observation),
    })
    let missed = 0
    const seen: string[] = []
    await feed.read({
      missed: () => void missed++,
      touched: (tables) => void seen.push(...tables.map(({ name }) => name)),
    })
    const before = cable.received
    await until(() => cable.received > before)
    cable.stall()
    const told = missed
    await until(() => missed > told)
    expect(observed).toContainEqual(
      expect.objectContaining({
        text: 'the stream of changes broke',
        error: expect.objectContaining({ message: 'Postgres has not said anything for 1.5 seconds.' }),
      }),
    )
    await ask(server, 'insert into written values (1)')
    await until(() => seen.includes('written'))
    await feed.close()
    await cable.cut()
  })
})

test('Postgres does not wait for readers when it stops', async () => {
  const feed = await withServer(path, {}, async (server) => {
    const feed = createChangeFeed({ ...logins(server), observe: () => {} })
    await feed.read({})
    await ask(server, 'insert into written values (1)')
    return feed
  })
  await feed.close()
})

test('where there can be no slots whoever reads is told what to do', async () => {
  await withServer(path, { settings: { max_replication_slots: '0' } }, async (server) => {
    const feed = createChangeFeed({ ...logins(server), observe: () => {} })
    await expect(feed.read({})).rejects.toThrow('wal_level = logical')
    await feed.close()
  })
})
