import { utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Backend, createFileBackend } from '#storage'
import { admin, etagOf, openStorage, type StorageFixture } from './storage-fixture.ts'

interface Breakage {
  /** What takes the place of the backend's own. */
  readonly backend: { -readonly [K in keyof Backend]?: Backend[K] }
  /** Whether the connection breaks after the next commits, or before them. */
  commit?: 'unacknowledged' | 'undone'
}

let storage: StorageFixture
/** What the service works on, unbroken. */
let files: Backend
let broken: Breakage = { backend: {} }

beforeAll(async () => {
  storage = await openStorage({
    backend: (files) => ({
      ...files,
      put: (key, body) => (broken.backend.put ?? files.put)(key, body),
      open: (key) => (broken.backend.open ?? files.open)(key),
      copy: (from, to) => (broken.backend.copy ?? files.copy)(from, to),
      remove: (keys) => (broken.backend.remove ?? files.remove)(keys),
      list: (before) => (broken.backend.list ?? files.list)(before),
    }),
    callers: (pool) => ({
      ...pool,
      async transaction(caller, request, work) {
        if (broken.commit === 'undone') throw new Error('Connection terminated unexpectedly')
        const done = await pool.transaction(caller, request, work)
        if (broken.commit === 'unacknowledged') throw new Error('Connection terminated unexpectedly')
        return done
      },
    }),
  })
  files = createFileBackend(join(storage.folder, 'storage'))
  await (await storage.as(admin)).createBucket('bucket')
})
afterAll(() => storage[Symbol.asyncDispose]())
beforeEach(async () => {
  broken = { backend: {} }
  const client = await storage.as(admin)
  await client.emptyBucket('bucket')
  await client.from('bucket').upload('kept', 'kept')
})

/** Every visible object is whole, and after the sweep every byte belongs to one. */
async function expectWhole(objects: Record<string, string>): Promise<void> {
  const bucket = (await storage.as(admin)).from('bucket')
  const { data } = await bucket.list('', { sortBy: { column: 'name', order: 'asc' } })
  expect(data?.map((object) => object.name)).toEqual(Object.keys(objects))
  for (const [name, text] of Object.entries(objects))
    expect(await (await bucket.download(name)).data?.text()).toBe(text)
  await storage.service.sweep(new Date(Date.now() + 1000))
  expect(await storage.files()).toHaveLength(Object.keys(objects).length)
  for (const [name, text] of Object.entries(objects))
    expect(await (await bucket.download(name)).data?.text()).toBe(text)
}

describe('an upload that dies', () => {
  test.each<[where: string, fail: Partial<Backend>]>([
    ['before the bytes', { put: () => Promise.reject(new Error('disk')) }],
    [
      'among the bytes',
      {
        async put(_key, body) {
          for await (const _ of body) throw new Error('disk')
          throw new Error('disk')
        },
      },
    ],
  ])('%s leaves nothing', async (_where, fail) => {
    const bucket = (await storage.as(admin)).from('bucket')
    Object.assign(broken.backend, fail)
    for (const name of ['new', 'kept']) {
      expect((await bucket.upload(name, 'new', { upsert: true })).error).toMatchObject({
        statusCode: '500',
        message: 'Internal Server Error',
      })
    }
    expect(await storage.files()).toHaveLength(1)
    await expectWhole({ kept: 'kept' })
  })

  test('between the bytes and the row leaves bytes that the sweep takes', async () => {
    const bucket = (await storage.as(admin)).from('bucket')
    broken.backend.put = async (key, body) => {
      await files.put(key, body)
      throw new Error('killed')
    }
    for (const name of ['new', 'kept']) await bucket.upload(name, 'new', { upsert: true })
    expect(await storage.files()).toHaveLength(3)
    expect(await storage.service.sweep()).toEqual({ interrupted: 0, orphans: 0 })
    await expectWhole({ kept: 'kept' })
  })

  test('with the row refused takes its bytes back', async () => {
    await storage.sql(`
      create function public.refuse() returns trigger language plpgsql as $$
      begin
        if new.version <> '1' then raise exception 'no'; end if;
        return new;
      end $$;
      create trigger refuse before insert or update on storage.objects for each row execute function public.refuse()`)
    const bucket = (await storage.as(admin)).from('bucket')
    for (const name of ['new', 'kept']) {
      expect((await bucket.upload(name, 'new', { upsert: true })).error).toMatchObject({
        message: 'database error, code: P0001',
      })
    }
    expect((await bucket.copy('kept', 'copy')).error).not.toBeNull()
    expect((await bucket.move('kept', 'moved')).error).not.toBeNull()
    await storage.sql('drop function public.refuse cascade')
    expect(await storage.files()).toHaveLength(1)
    await expectWhole({ kept: 'kept' })
  })

  test.each<[commit: NonNullable<Breakage['commit']>, objects: Record<string, string>]>([
    ['unacknowledged', { kept: 'newer', new: 'new' }],
    ['undone', { kept: 'kept' }],
  ])('with the connection, its commit %s, keeps the bytes until it is known', async (commit, objects) => {
    const bucket = (await storage.as(admin)).from('bucket')
    broken.backend.put = async (key, body) => {
      const stored = await files.put(key, body)
      broken.commit = commit
      return stored
    }
    for (const [name, text] of [
      ['new', 'new'],
      ['kept', 'newer'],
    ] as const) {
      expect((await bucket.upload(name, text, { upsert: true })).error).toMatchObject({ statusCode: '500' })
      delete broken.commit
    }
    expect(await storage.files()).toHaveLength(3)
    await expectWhole(objects)
  })

  test('before the replaced bytes are gone leaves them to the sweep', async () => {
    const bucket = (await storage.as(admin)).from('bucket')
    broken.backend.remove = () => Promise.reject(new Error('disk'))
    expect((await bucket.update('kept', 'newer')).error).toBeNull()
    expect((await bucket.upload('gone', 'x')).error).toBeNull()
    expect((await bucket.remove(['gone'])).error).toBeNull()
    expect(storage.observed.filter((o) => o.kind === 'message' && o.level === 'warn')).toHaveLength(2)
    delete broken.backend.remove
    expect(await storage.files()).toHaveLength(3)
    await expectWhole({ kept: 'newer' })
  })
})

test('the sweep takes what an interrupted write left, and nothing young', async () => {
  const key = { bucket: 'bucket', name: 'orphan', version: 'v' }
  await files.put(key, new Blob(['x']).stream())
  const half = join(storage.folder, 'storage', 'incoming', 'half')
  await writeFile(half, 'x')
  await utimes(half, 0, 0)
  expect(await storage.service.sweep()).toEqual({ interrupted: 0, orphans: 0 })
  expect(await storage.service.sweep(new Date(Date.now() + 1000))).toEqual({ interrupted: 1, orphans: 1 })
  await expectWhole({ kept: 'kept' })
})

test('the sweep spares bytes that a file system lists in other letters than the row has', async () => {
  broken.backend.list = async function* (before) {
    for await (const key of files.list(before)) yield { ...key, name: key.name.toUpperCase() }
  }
  broken.backend.remove = (keys) => files.remove(keys.map((key) => ({ ...key, name: key.name.toLowerCase() })))
  await expectWhole({ kept: 'kept' })
})

test('of many that overwrite one object at once each reader sees one whole', async () => {
  const bucket = (await storage.as(admin)).from('bucket')
  const contents = Array.from({ length: 24 }, (_, i) => Buffer.alloc(30_000 + i, i))
  let writing = true
  const readers = Array.from({ length: 4 }, async () => {
    let reads = 0
    while (writing) {
      const response = await storage.request('/object/bucket/kept', { as: admin })
      expect(response.status).toBe(200)
      const body = Buffer.from(await response.arrayBuffer())
      expect(etagOf(body)).toBe(response.headers.get('etag'))
      expect(body.length).toBe(Number(response.headers.get('content-length')))
      reads++
    }
    return reads
  })
  const results = await Promise.all(contents.map((content) => bucket.upload('kept', content, { upsert: true })))
  writing = false
  for (const reads of await Promise.all(readers)) expect(reads).toBeGreaterThan(0)
  expect(results.map((result) => result.error)).toEqual(contents.map(() => null))
  const last = Buffer.from((await (await bucket.download('kept')).data?.arrayBuffer()) ?? new ArrayBuffer())
  expect(contents.some((content) => content.equals(last))).toBe(true)
  expect(await storage.files()).toHaveLength(1)
})

test('of many that create one object at once one wins', async () => {
  const bucket = (await storage.as(admin)).from('bucket')
  const results = await Promise.all(Array.from({ length: 12 }, (_, i) => bucket.upload('one', `${i}`)))
  const won = results.flatMap((result, i) => (result.error ? [] : [i]))
  expect(won).toHaveLength(1)
  for (const { error } of results) if (error) expect(error).toMatchObject({ statusCode: '409' })
  await expectWhole({ kept: 'kept', one: String(won[0]) })
})

test('of many that move and overwrite one object at once nothing is lost', async () => {
  const bucket = (await storage.as(admin)).from('bucket')
  await Promise.all(
    Array.from({ length: 16 }, (_, i) =>
      i % 4 === 0 ? bucket.move('kept', `moved-${i}`) : bucket.upload('kept', `${i}`, { upsert: true }),
    ),
  )
  const { data } = await bucket.list()
  for (const { name } of data ?? []) expect((await bucket.download(name)).error).toBeNull()
  expect(await storage.files()).toHaveLength(data?.length ?? 0)
})
