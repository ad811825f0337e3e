import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { useFixture } from '../support/fixture.ts'
import { admin, openStorage } from './storage-fixture.ts'

const storage = useFixture(() => openStorage())
beforeAll(async () => {
  const client = await storage.as(admin)
  await client.createBucket('from')
  await client.createBucket('to')
  await client.createBucket('images', { public: false, allowedMimeTypes: ['image/*'], fileSizeLimit: 3 })
})
beforeEach(async () => {
  const client = await storage.as(admin)
  for (const bucket of ['from', 'to', 'images']) await client.emptyBucket(bucket)
  await client.from('from').upload('a', 'bytes', { contentType: 'text/plain', cacheControl: '7', metadata: { k: 'v' } })
})

const from = async () => (await storage.as(admin)).from('from')
const to = async () => (await storage.as(admin)).from('to')

describe('a move', () => {
  test('takes the object to another name', async () => {
    const bucket = await from()
    const { data: before } = await bucket.info('a')
    expect((await bucket.move('a', 'b/c')).data).toMatchObject({ message: 'Successfully moved', Key: 'b/c' })
    expect((await bucket.info('a')).error).toMatchObject({ statusCode: '404' })
    const { data: after } = await bucket.info('b/c')
    expect(after).toMatchObject({ id: before?.id, contentType: 'text/plain', metadata: { k: 'v' }, etag: before?.etag })
    expect(await (await bucket.download('b/c')).data?.text()).toBe('bytes')
    expect(await storage.files()).toHaveLength(1)
  })

  test('takes it to another bucket', async () => {
    expect((await (await from()).move('a', 'a', { destinationBucket: 'to' })).error).toBeNull()
    expect(await (await (await to()).download('a')).data?.text()).toBe('bytes')
    expect(await storage.files()).toHaveLength(1)
  })

  test('to its own name changes nothing', async () => {
    const bucket = await from()
    const files = await storage.files()
    expect((await bucket.move('a', 'a')).error).toBeNull()
    expect(await storage.files()).toEqual(files)
  })
})

describe('a copy', () => {
  test('is an object of its own', async () => {
    const bucket = await from()
    expect((await bucket.copy('a', 'b')).data).toEqual({ path: 'from/b' })
    await bucket.update('a', 'other')
    expect(await (await bucket.download('b')).data?.text()).toBe('bytes')
    expect((await bucket.info('b')).data).toMatchObject({
      contentType: 'text/plain',
      cacheControl: 'max-age=7',
      size: 5,
      metadata: { k: 'v' },
    })
    await bucket.remove(['a'])
    expect(await (await bucket.download('b')).data?.text()).toBe('bytes')
  })

  test('is answered with its row', async () => {
    const json = { bucketId: 'from', sourceKey: 'a', destinationBucket: 'to', destinationKey: 'b' }
    const response = await storage.request('/object/copy', { method: 'POST', as: admin, json })
    const row = (await response.json()) as { id: string }
    expect(row).toMatchObject({ Key: 'to/b', Id: row.id, bucket_id: 'to', name: 'b', user_metadata: { k: 'v' } })
  })

  test('has other metadata where asked for', async () => {
    const bucket = await from()
    const metadata = { cacheControl: 'no-store', mimetype: 'text/csv' }
    expect((await bucket.copy('a', 'b', { copyMetadata: false, metadata })).error).toBeNull()
    expect((await bucket.info('b')).data).toMatchObject({
      contentType: 'text/csv',
      cacheControl: 'no-store',
      metadata: {},
    })
  })

  test('replaces an object only when told to', async () => {
    const bucket = await from()
    await bucket.upload('b', 'old')
    expect((await bucket.copy('a', 'b')).error).toMatchObject({ statusCode: '409' })
    const json = { bucketId: 'from', sourceKey: 'a', destinationKey: 'b' }
    await storage.request('/object/copy', { method: 'POST', as: admin, json, headers: { 'x-upsert': 'true' } })
    expect(await (await bucket.download('b')).data?.text()).toBe('bytes')
    expect(await storage.files()).toHaveLength(2)
  })
})

describe.each(['move', 'copy'] as const)('%s', (action) => {
  test.each<[what: string, source: string, target: string, bucket: string | undefined, statusCode: string]>([
    ['from a name that is not there', 'nothing', 'b', undefined, '404'],
    ['to a bucket that is not there', 'a', 'b', 'nowhere', '404'],
    ['to a bucket that takes no such type', 'a', 'b', 'images', '413'],
  ])('%s is refused and leaves nothing', async (_what, source, target, destinationBucket, statusCode) => {
    const bucket = await from()
    const files = await storage.files()
    const { error } = await bucket[action](source, target, destinationBucket ? { destinationBucket } : {})
    expect(error).toMatchObject({ statusCode })
    expect(await storage.files()).toEqual(files)
  })

  test('is not refused a type that the bucket takes', async () => {
    const bucket = await from()
    await bucket.upload('tiny', 'x', { contentType: 'text/plain' })
    await bucket.upload('tiny.png', 'x', { contentType: 'image/png' })
    expect((await bucket[action]('tiny', 'b', { destinationBucket: 'images' })).error).toMatchObject({
      statusCode: '415',
    })
    expect((await bucket[action]('tiny.png', 'b', { destinationBucket: 'images' })).error).toBeNull()
  })

  test('to a name that is taken is refused and leaves nothing', async () => {
    const bucket = await from()
    await bucket.upload('b', 'here')
    const files = await storage.files()
    expect((await bucket[action]('a', 'b')).error).toMatchObject({ statusCode: '409' })
    expect(await (await bucket.download('b')).data?.text()).toBe('here')
    expect(await storage.files()).toEqual(files)
  })
})

describe('a removal', () => {
  test('of many answers what was there and leaves no bytes', async () => {
    const bucket = await from()
    await bucket.upload('b/c', 'x')
    const { data } = await bucket.remove(['a', 'b/c', 'nothing', 'b'])
    expect(data?.map((object) => object.name).sort()).toEqual(['a', 'b/c'])
    expect(await storage.files()).toEqual([])
  })

  test('of one answers whether it was there', async () => {
    const remove = async () => (await storage.request('/object/from/a', { method: 'DELETE', as: admin })).json()
    expect(await remove()).toEqual({ message: 'Successfully deleted' })
    expect(await remove()).toMatchObject({ statusCode: '404', message: 'Object not found' })
  })

  test.each([{}, { prefixes: [] }, { prefixes: {} }, { prefixes: [{}] }, { prefixes: Array(1001).fill('a') }])(
    'of %o is refused',
    async (body) => {
      const init = { method: 'DELETE', as: admin, json: body }
      const response = await storage.request('/object/from', init)
      expect(await response.json()).toMatchObject({ statusCode: '400', code: 'InvalidRequest' })
    },
  )
})
