import { mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isPorticoError } from '#errors'
import type { BucketSeed } from '#storage'
import { admin, openStorage, type StorageFixture } from './storage-fixture.ts'

let storage: StorageFixture
let folder: string
beforeAll(async () => {
  storage = await openStorage({ fileSizeLimit: 1000 })
  folder = join(storage.folder, 'seed')
  await mkdir(join(folder, 'sub', 'deep'), { recursive: true })
  await writeFile(join(folder, 'a.png'), 'a')
  await writeFile(join(folder, 'sub', 'b c.txt'), 'b')
  await writeFile(join(folder, 'sub', 'deep', 'c'), 'c')
})
afterAll(() => storage[Symbol.asyncDispose]())

const seed = (rest: Partial<BucketSeed> = {}): BucketSeed => ({ public: false, allowedMimeTypes: [], ...rest })

async function rows() {
  return await storage.sql(`select bucket_id || '/' || name as path, version, metadata ->> 'mimetype' as type
    from storage.objects order by name`)
}

test('buckets are created, then brought up to date', async () => {
  const client = await storage.as(admin)
  await storage.service.seedBuckets({
    one: seed({ public: true, fileSizeLimit: 10, allowedMimeTypes: ['image/png'] }),
    two: seed(),
  })
  expect((await client.getBucket('one')).data).toMatchObject({
    public: true,
    file_size_limit: 10,
    allowed_mime_types: ['image/png'],
  })
  await storage.service.seedBuckets({ one: seed({ fileSizeLimit: 5000 }) })
  expect((await client.getBucket('one')).data).toMatchObject({
    public: false,
    file_size_limit: 1000,
    allowed_mime_types: null,
  })
  expect((await client.listBuckets()).data).toHaveLength(2)
})

test('files below a folder are uploaded once, and again when they change', async () => {
  const buckets = { files: seed({ objectsPath: folder }) }
  await storage.service.seedBuckets(buckets)
  const first = await rows()
  expect(first).toMatchObject([
    { path: 'files/a.png', type: 'image/png' },
    { path: 'files/sub/b c.txt', type: 'text/plain; charset=utf-8' },
    { path: 'files/sub/deep/c', type: 'application/octet-stream' },
  ])
  const bucket = (await storage.as(admin)).from('files')
  expect(await (await bucket.download('sub/b c.txt')).data?.text()).toBe('b')

  await storage.service.seedBuckets(buckets)
  expect(await rows()).toEqual(first)

  await writeFile(join(folder, 'a.png'), 'changed')
  await storage.service.seedBuckets(buckets)
  const [changed, ...same] = await rows()
  expect(same).toEqual(first.slice(1))
  expect(changed?.version).not.toBe(first[0]?.version)
  expect(await (await bucket.download('a.png')).data?.text()).toBe('changed')
})

test('a file that the database refuses is named, and none of its folder is stored', async () => {
  await storage.sql(`create function public.refuse() returns trigger language plpgsql
    as $$ begin raise exception 'not this one'; end $$`)
  await storage.sql(`create trigger refuse before insert on storage.objects for each row
    when (new.bucket_id = 'picky' and new.name like 'sub/%.txt') execute function public.refuse()`)
  const before = await storage.files()
  const seeding = storage.service.seedBuckets({ picky: seed({ objectsPath: folder }) })
  await expect(seeding).rejects.toThrow(/\[storage\.buckets\.picky\] .*b c\.txt: database error/)
  expect(await storage.sql(`select from storage.objects where bucket_id = 'picky'`)).toEqual([])
  expect(await storage.files()).toEqual(before)
  await storage.sql('drop trigger refuse on storage.objects')
})

test('a single file is uploaded under its name', async () => {
  await storage.service.seedBuckets({
    single: seed({ objectsPath: join(folder, 'a.png'), allowedMimeTypes: ['image/*'] }),
  })
  expect((await (await storage.as(admin)).from('single').info('a.png')).error).toBeNull()
})

test.each<[what: string, bucket: string, seed: () => Promise<BucketSeed> | BucketSeed, message: RegExp]>([
  [
    'a missing folder',
    'x',
    () => seed({ objectsPath: join(folder, 'missing') }),
    /\[storage\.buckets\.x\].*missing.*ENOENT/,
  ],
  [
    'a type not allowed',
    'x',
    () => seed({ objectsPath: folder, allowedMimeTypes: ['image/png'] }),
    /b c\.txt: mime type text\/plain/,
  ],
  ['a file too large', 'tiny', () => seed({ objectsPath: folder, fileSizeLimit: 0 }), /a\.png: The object exceeded/],
  ['a bad bucket name', '..', () => seed(), /\[storage\.buckets\.\.\.\]: Bucket name invalid/],
  [
    'a bad file name',
    'x',
    async () => {
      const path = join(folder, 'bad')
      await mkdir(path, { recursive: true })
      await writeFile(join(path, 'é.txt'), 'x')
      return seed({ objectsPath: path })
    },
    /é\.txt: Invalid key/,
  ],
])('%s stops with SEED_OBJECT_FAILED', async (_what, bucket, seed, message) => {
  const error: unknown = await storage.service.seedBuckets({ [bucket]: await seed() }).catch((error) => error)
  expect(isPorticoError(error, 'SEED_OBJECT_FAILED')).toBe(true)
  expect((error as Error).message).toMatch(message)
  await rm(join(folder, 'bad'), { recursive: true, force: true })
  expect((await stat(folder)).isDirectory()).toBe(true)
})
