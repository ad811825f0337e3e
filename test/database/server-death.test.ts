import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Observation } from '#observe'
import { isAlive, until } from '../support/until.ts'
import { ask, temporaryFolder, withServer } from './server-fixture.ts'
import { type SpawnedServer, spawnServer } from './spawn-server.ts'

const path = join(temporaryFolder(afterAll), 'data')
beforeAll(async () => {
  await withServer(path, {}, (server) => ask(server, 'create table kept (id serial, note text)'))
})

async function insert(note: string, { served }: SpawnedServer): Promise<number> {
  if (!served.ready) throw new Error(served.message)
  await ask(served, 'insert into kept (note) values ($1)', [note])
  return served.pid
}

async function notes(): Promise<unknown[]> {
  return await withServer(path, {}, async (server) =>
    (await ask(server, 'select note from kept order by id')).map(({ note }) => note),
  )
}

test('kill -9 of Portico: Postgres goes down cleanly, and what was acknowledged is there', async () => {
  const spawned = await spawnServer({ path })
  const pid = await insert('portico killed', spawned)
  await spawned.kill()
  await until(() => !isAlive(pid))
  expect(await notes()).toEqual(['portico killed'])
})

test('kill -9 of Portico, and a start at once: it waits for the old server', async () => {
  const spawned = await spawnServer({ path })
  await insert('no pause', spawned)
  await spawned.kill()
  expect(await notes()).toContain('no pause')
})

test('kill -9 of both at once: nothing is lost, nothing is in the way', async () => {
  const spawned = await spawnServer({ path })
  const pid = await insert('both killed', spawned)
  process.kill(pid, 'SIGKILL')
  await spawned.kill()
  expect(await notes()).toContain('both killed')
})

test('kill -9 of Postgres: it is started again and pools go on', async () => {
  const seen: Observation[] = []
  await withServer(path, { observe: (o) => seen.push(o) }, async (server) => {
    const pool = new pg.Pool(server.connections().for('supabase_admin'))
    pool.on('error', () => {})
    await pool.query(`insert into kept (note) values ('postgres killed')`)
    const { pid } = server
    process.kill(pid, 'SIGKILL')
    await until(() => server.pid !== pid)
    const { rows } = await pool.query(`select count(*)::int as n from kept where note = 'postgres killed'`)
    await pool.end()
    expect(rows).toEqual([{ n: 1 }])
  })
  const texts = seen.flatMap((o) => (o.kind === 'message' && o.level !== 'debug' ? [o.text] : []))
  expect(texts).toEqual(expect.arrayContaining(['Postgres died; starting it again', 'Postgres is back']))
})

test('a killed session is Postgres’ own affair', async () => {
  await withServer(path, {}, async (server) => {
    const [session] = await ask(server, 'select pg_backend_pid() as pid, pg_sleep(0)')
    expect(session).toBeDefined()
    const client = new pg.Client(server.connections().for('supabase_admin'))
    const lost = new Promise((resolve) => client.on('error', resolve))
    await client.connect()
    const { rows } = await client.query('select pg_backend_pid() as pid')
    const { pid } = server
    process.kill(rows[0].pid, 'SIGKILL')
    await lost
    await until(async () => (await ask(server, 'select 1 as one').catch(() => [])).length === 1)
    expect(server.pid).toBe(pid)
  })
})

test('stopping waits neither for sessions nor for a statement that runs, and is no crash to them', async () => {
  const asked = await withServer(path, {}, async (server) => {
    const client = new pg.Client(server.connections().for('supabase_admin'))
    client.on('error', () => {})
    await client.connect()
    const asked = Promise.allSettled([client.query('select pg_sleep(3600)')])
    const running = `select from pg_stat_activity where wait_event = 'PgSleep'`
    await until(async () => (await ask(server, running)).length === 1)
    return { asked }
  })
  expect(await asked.asked).toMatchObject([{ status: 'rejected', reason: { code: '57P01' } }])
})
