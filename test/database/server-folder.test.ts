import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { holdDataFolder, readHolder } from '#database'
import { until } from '../support/until.ts'
import { ask, temporaryFolder, withServer } from './server-fixture.ts'
import { launch, spawnServer } from './spawn-server.ts'

const path = join(temporaryFolder(afterAll), 'data')
beforeAll(async () => {
  await withServer(path, {}, (server) => ask(server, 'create table kept ()'))
})

test('the cluster, its socket and the holder’s facts are ours alone', async () => {
  await withServer(path, {}, async ({ socketFolder }) => {
    for (const folder of [path, join(path, 'postgres'), socketFolder]) {
      expect([folder, lstatSync(folder).mode & 0o777]).toEqual([folder, 0o700])
    }
    expect(lstatSync(join(path, 'portico.json')).mode & 0o777).toBe(0o600)
  })
})

test('a second start says who holds the folder', async () => {
  const first = await spawnServer({ path })
  const holder = readHolder(path)
  expect(holder).toMatchObject({ pid: first.process.pid, facts: { API_URL: 'http://127.0.0.1:54321' } })
  const second = await spawnServer({ path })
  expect(second.served).toMatchObject({ ready: false, code: 'DATA_FOLDER_BUSY' })
  for (const fact of [path, first.process.pid, holder?.since, 'http://127.0.0.1:54321']) {
    expect(second.served).toHaveProperty('message', expect.stringContaining(String(fact)))
  }
  await second.stop()
  await first.stop()
  expect(readHolder(path)).toBeUndefined()
})

test('of several at once one gets the folder', async () => {
  const rivals = await Promise.all([1, 2, 3].map(() => spawnServer({ path })))
  expect(rivals.map(({ served }) => served.ready).sort()).toEqual([false, false, true])
  await Promise.all(rivals.map((rival) => rival.stop()))
})

test('within one process too', () => {
  const first = holdDataFolder(path)
  expect(() => holdDataFolder(path)).toThrow(/held by process/)
  expect(readHolder(path)?.pid).toBe(process.pid)
  first.publish({ API_URL: 'http://later' })
  expect(readHolder(path)?.facts).toEqual({ API_URL: 'http://later' })
  first.release()
  expect(readHolder(path)).toBeUndefined()
})

test('a data folder that cannot be one is named', () => {
  const file = join(temporaryFolder(), 'file')
  writeFileSync(file, '')
  expect(() => holdDataFolder(file)).toThrow(`The data folder ${file} cannot be used: EEXIST`)
})

test('a folder that cannot be written into, on a full disk too, says so and is free again', () => {
  const path = temporaryFolder()
  mkdirSync(join(path, 'portico.json.new'))
  for (let n = 0; n < 2; n++) {
    expect(() => holdDataFolder(path)).toThrow(`The data folder ${path} cannot be used: EISDIR`)
  }
})

test('a holder’s file without its holder means nothing, even if it names a living process', () => {
  writeFileSync(join(path, 'portico.json'), JSON.stringify({ pid: process.pid, since: '', facts: {} }))
  expect(readHolder(path)).toBeUndefined()
  holdDataFolder(path).release()
})

test.each([
  ['of another program', async () => String(await foreignProcess())],
  ['of nobody', async () => '4194303'],
  ['cut short', async () => ''],
])('a postmaster.pid %s is no obstacle', async (_, first) => {
  const pid = await first()
  writeFileSync(join(path, 'postmaster.pid'), 'not this one')
  writeFileSync(join(path, 'postgres', 'postmaster.pid'), pid && `${pid}\n${path}/postgres\n1700000000\n5432\n\n\n\n`)
  await withServer(path, {}, async (server) => {
    expect(await ask(server, `select to_regclass('kept')::text as kept`)).toEqual([{ kept: 'kept' }])
  })
})

/** Runs until the test ends: a process of our own uid, which Postgres would take for a server. */
async function foreignProcess(): Promise<number | undefined> {
  const child = spawn('sleep', ['600'])
  onTestFinished(() => void child.kill())
  await once(child, 'spawn')
  return child.pid
}

test('a start killed while it makes the cluster leaves nothing that stops the next', async () => {
  const fresh = join(temporaryFolder(), 'data')
  const child = launch({ path: fresh })
  const ended = once(child, 'close')
  const draft = () => (existsSync(fresh) ? readdirSync(fresh) : []).find((name) => name.startsWith('postgres.new-'))
  await until(() => existsSync(join(fresh, draft() ?? 'none', 'PG_VERSION')))
  child.kill('SIGKILL')
  await ended
  expect(existsSync(join(fresh, 'postgres'))).toBe(false)
  await withServer(fresh, {}, async (server) => expect(server.fresh).toBe(true))
  expect(readdirSync(fresh).sort()).toEqual(['extensions', 'lock', 'postgres', 'vault.key'])
})

test('a data folder with a very long name works', async () => {
  const long = join(temporaryFolder(), 'l'.repeat(120), 'o'.repeat(120))
  mkdirSync(long, { recursive: true })
  await withServer(long, {}, async (server) => {
    expect(server.socketFolder.length).toBeLessThan(80)
    expect(await ask(server, 'select 1 as one')).toEqual([{ one: 1 }])
  })
})

test.each([
  ['open to others', (folder: string) => mkdirSync(folder) ?? chmodSync(folder, 0o777)],
  ['a link elsewhere', (folder: string) => symlinkSync(temporaryFolder(), folder)],
])('a socket folder that somebody else made (%s) is not used', async (_, make) => {
  const usual = await withServer(path, {}, async ({ socketFolder }) => socketFolder)
  make(usual)
  onTestFinished(() => rmSync(usual, { recursive: true }))
  const used = await withServer(path, {}, async ({ socketFolder }) => {
    expect(lstatSync(socketFolder).mode & 0o777).toBe(0o700)
    return socketFolder
  })
  expect(used).not.toBe(usual)
  expect(existsSync(used)).toBe(false)
})

test('a cluster of another release is refused, and left as it is', async () => {
  const file = join(path, 'postgres', 'PG_VERSION')
  const version = readFileSync(file, 'utf8')
  writeFileSync(file, '17\n')
  await expect(withServer(path, {}, async () => {})).rejects.toThrow(/made by Postgres 17/)
  writeFileSync(file, version)
})
