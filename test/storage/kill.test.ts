import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { Serving, Stage } from './serve-storage.ts'
import { admin, etagOf, openStorage, type StorageFixture } from './storage-fixture.ts'

const program = fileURLToPath(new URL('serve-storage.ts', import.meta.url))

/** What is left after the kill is looked at through a Storage that was never killed, over the same rows and bytes. */
let storage: StorageFixture
let token: string
beforeAll(async () => {
  storage = await openStorage()
  token = await storage.token(admin)
  await (await storage.as(admin)).createBucket('bucket')
})
afterAll(() => storage[Symbol.asyncDispose]())

interface Killable extends AsyncDisposable {
  put(name: string, body: Uint8Array): Promise<boolean>
  /** Resolves when the process says that it is there. */
  readonly reached: Promise<unknown>
  kill(): Promise<void>
}

/** The sessions by which a Storage asks its database. */
async function sessions(): Promise<number[]> {
  const rows = await storage.sql(
    `select pid from pg_stat_activity where datname = current_database() and usename = 'authenticator'`,
  )
  return rows.map(({ pid }) => Number(pid))
}

async function serve(stage: Stage): Promise<Killable> {
  const others = await sessions()
  const { socketFolder: host, port } = inject('postgres')
  const serving: Serving = { config: storage.config, connection: { host, port, database: storage.database }, stage }
  const child: ChildProcess = spawn(process.execPath, [program], {
    env: { ...process.env, STORAGE_TO_SERVE: JSON.stringify(serving) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const listening = Promise.withResolvers<string>()
  const reached = Promise.withResolvers<void>()
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
    const [, at] = /^listening (\d+)$/.exec(line) ?? []
    if (at) listening.resolve(`http://127.0.0.1:${at}`)
    else reached.resolve()
  })
  void ended.then(() => listening.reject(new Error('the storage ended')))
  const url = await listening.promise
  const kill = async () => {
    child.kill('SIGKILL')
    await ended
    // What it had sent to Postgres is done or undone once its sessions are gone.
    await expect.poll(async () => (await sessions()).filter((pid) => !others.includes(pid))).toEqual([])
  }
  return {
    reached: reached.promise,
    kill,
    async put(name, body) {
      const headers = { authorization: `Bearer ${token}`, 'x-upsert': 'true' }
      const sent = fetch(`${url}/object/bucket/${name}`, { method: 'POST', headers, body: Buffer.from(body) })
      return await sent.then(
        async (response) => response.ok && (await response.text()) !== '',
        () => false,
      )
    },
    [Symbol.asyncDispose]: kill,
  }
}

/** Every visible object, read to its end and compared with its own digest. */
async function visible(): Promise<Map<string, Buffer>> {
  const contents = new Map<string, Buffer>()
  for (const { name } of await storage.sql(`select name from storage.objects where bucket_id = 'bucket'`)) {
    const response = await storage.request(`/object/bucket/${name}`, { as: admin })
    expect([name, response.status]).toEqual([name, 200])
    const body = Buffer.from(await response.arrayBuffer())
    expect([name, etagOf(body)]).toEqual([name, response.headers.get('etag')])
    contents.set(String(name), body)
  }
  return contents
}

/** After the sweep there are as many bytes as rows, and each row still has its own. */
async function expectNothingElse(): Promise<void> {
  await storage.service.sweep(new Date(Date.now() + 60_000), new Date(Date.now() + 60_000))
  const objects = await visible()
  expect(await storage.files()).toHaveLength(objects.size)
}

describe('kill -9', () => {
  const committed: readonly Stage[] = ['after commit']

  test.each<[at: Stage, name: string]>([
    ['bytes half written', 'new'],
    ['bytes half written', 'over'],
    ['bytes written', 'new'],
    ['bytes written', 'over'],
    ['before commit', 'new'],
    ['before commit', 'over'],
    ['after commit', 'new'],
    ['after commit', 'over'],
  ])('with %s of an object that is %s leaves what was acknowledged', async (stage, kind) => {
    const name = `${kind}-${stage.replaceAll(' ', '-')}`
    const [before, after] = [randomBytes(200_000), randomBytes(300_000)]
    if (kind === 'over') {
      expect((await (await storage.as(admin)).from('bucket').upload(name, before)).error).toBeNull()
    }
    await using doomed = await serve(stage)
    const answered = doomed.put(name, after)
    await doomed.reached
    await doomed.kill()
    expect(await answered).toBe(false)

    const expected = committed.includes(stage) ? after : kind === 'over' ? before : undefined
    expect((await visible()).get(name)?.equals(expected ?? Buffer.alloc(0))).toBe(expected && true)
    await expectNothingElse()
    expect((await visible()).get(name)?.equals(expected ?? Buffer.alloc(0))).toBe(expected && true)
  })

  test.each([10, 70])('at random among a hundred uploads, with %i acknowledged', async (enough) => {
    await using doomed = await serve('none')
    const sent = new Map<string, Buffer[]>()
    const acknowledged = new Map<string, Buffer[]>()
    const { promise: sufficient, resolve } = Promise.withResolvers<void>()
    let count = 0
    const all = Array.from({ length: 100 }, async (_, i) => {
      // Every third goes over one of five objects that others write at the same time.
      const name = i % 3 === 0 ? `shared-${enough}-${i % 5}` : `own-${enough}-${i}`
      const body = randomBytes(1000 + ((i * 7919) % 200_000))
      sent.set(name, [...(sent.get(name) ?? []), body])
      if (!(await doomed.put(name, body))) return
      acknowledged.set(name, [...(acknowledged.get(name) ?? []), body])
      if (++count === enough) resolve()
    })
    await sufficient
    await doomed.kill()
    await Promise.all(all)

    const objects = await visible()
    for (const [name, bodies] of acknowledged) {
      // What is over another may be any that was sent; what nobody else wrote is what was acknowledged.
      const possible = name.startsWith('own') ? bodies : (sent.get(name) ?? [])
      expect([name, possible.some((body) => objects.get(name)?.equals(body))]).toEqual([name, true])
    }
    for (const [name, body] of objects) {
      if (sent.has(name)) expect([name, sent.get(name)?.some((each) => each.equals(body))]).toEqual([name, true])
    }
    await expectNothingElse()
    const swept = await visible()
    for (const [name, body] of objects) expect([name, swept.get(name)?.equals(body)]).toEqual([name, true])
    await (await storage.as(admin)).emptyBucket('bucket')
  })
})
