import { describe, expect, test } from 'vitest'
import { useFixture } from '../support/fixture.ts'
import { admin, anon, openStorage, user } from './storage-fixture.ts'

const storage = useFixture(() => openStorage({ fileSizeLimit: 10_000_000 }))

describe('a bucket', () => {
  test('is created, read, listed, changed, emptied and deleted', async () => {
    const client = await storage.as(admin)
    expect(
      await client.createBucket('avatars', { public: false, fileSizeLimit: '1MB', allowedMimeTypes: ['image/*'] }),
    ).toEqual({
      data: { name: 'avatars' },
      error: null,
    })
    expect((await client.getBucket('avatars')).data).toMatchObject({
      id: 'avatars',
      name: 'avatars',
      public: false,
      file_size_limit: 1_000_000,
      allowed_mime_types: ['image/*'],
    })
    expect(await client.updateBucket('avatars', { public: true, fileSizeLimit: null, allowedMimeTypes: null })).toEqual(
      {
        data: { message: 'Successfully updated' },
        error: null,
      },
    )
    expect((await client.getBucket('avatars')).data).toMatchObject({ public: true, file_size_limit: null })
    await client.from('avatars').upload('a/b.txt', 'text')
    await client.from('avatars').upload('a', 'text')

    expect((await client.deleteBucket('avatars')).error).toMatchObject({
      statusCode: '409',
      message: 'The bucket you tried to delete is not empty',
    })
    expect((await client.emptyBucket('avatars')).error).toBeNull()
    expect((await client.from('avatars').list()).data).toEqual([])
    expect(await storage.files()).toEqual([])
    expect(await client.deleteBucket('avatars')).toEqual({ data: { message: 'Successfully deleted' }, error: null })
    expect((await client.getBucket('avatars')).error).toMatchObject({ statusCode: '404', message: 'Bucket not found' })
  })

  test('is listed by name, page and part of the name', async () => {
    const client = await storage.as(admin)
    for (const name of ['list-b', 'list-a', 'other_x']) await client.createBucket(name)
    const names = async (options?: Parameters<typeof client.listBuckets>[0]) =>
      (await client.listBuckets(options)).data?.map((bucket) => bucket.name)
    expect(await names()).toEqual(['list-a', 'list-b', 'other_x'])
    expect(await names({ search: 'LIST' })).toEqual(['list-a', 'list-b'])
    expect(await names({ search: '_' })).toEqual(['other_x'])
    expect(await names({ sortColumn: 'name', sortOrder: 'desc', limit: 1, offset: 1 })).toEqual(['list-b'])
  })

  test.each<[what: string, body: unknown, statusCode: string, message: string]>([
    ['a slash', { name: 'a/b' }, '400', 'Bucket name invalid'],
    ['two dots', { name: '..' }, '400', 'Bucket name invalid'],
    ['a dot', { name: '.' }, '400', 'Bucket name invalid'],
    ['space around', { name: ' a' }, '400', 'Bucket name invalid'],
    ['nothing', { name: '' }, '400', 'Bucket name invalid'],
    ['a letter beyond ASCII', { name: 'é' }, '400', 'Bucket name invalid'],
    ['NUL', { name: 'a\0b' }, '400', 'Bucket name invalid'],
    ['101 letters', { name: 'a'.repeat(101) }, '400', 'Bucket name invalid'],
    ['a reserved ending', { name: 'x--table-s3' }, '400', 'Bucket name invalid'],
    ['a bad id', { name: 'fine', id: '../x' }, '400', 'Bucket name invalid'],
    ['no name', {}, '400', "body must have required property 'name'"],
    [
      'another type',
      { name: 'a', type: 'ANALYTICS' },
      '409',
      'The feature iceberg_catalog is not enabled for this resource',
    ],
    [
      'a limit above the project',
      { name: 'a', file_size_limit: '11MB' },
      '413',
      'The object exceeded the maximum allowed size',
    ],
    [
      'a size that is none',
      { name: 'a', file_size_limit: 'lots' },
      '400',
      'Invalid file size format, hint: use 20GB / 20MB / 30KB / 3B',
    ],
    ['a type that is none', { name: 'a', allowed_mime_types: ['image'] }, '415', 'mime type image is not supported'],
  ])('is not made with %s', async (_what, body, statusCode, message) => {
    const response = await storage.request('/bucket', { method: 'POST', as: admin, json: body })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ statusCode, message })
  })

  test('is made once', async () => {
    const client = await storage.as(admin)
    await client.createBucket('once')
    expect((await client.createBucket('once')).error).toMatchObject({
      statusCode: '409',
      message: 'The resource already exists',
    })
  })
})

describe('row-level security on buckets', () => {
  test('hides them from whoever has no policy, and refuses changes', async () => {
    await (await storage.as(admin)).createBucket('hidden')
    for (const who of [anon, user()]) {
      const client = await storage.as(who)
      expect((await client.listBuckets()).data).toEqual([])
      expect((await client.getBucket('hidden')).error).toMatchObject({ statusCode: '404' })
      expect((await client.createBucket('mine')).error).toMatchObject({
        statusCode: '403',
        message: 'new row violates row-level security policy',
      })
      expect((await client.updateBucket('hidden', { public: true })).error).toMatchObject({ statusCode: '404' })
      expect((await client.deleteBucket('hidden')).error).toMatchObject({ statusCode: '404' })
      expect((await client.emptyBucket('hidden')).error).toMatchObject({ status: 403 })
    }
  })

  test('lets an owner make and see a bucket where policies say so', async () => {
    await storage.sql(`
      create policy own_insert on storage.buckets for insert to authenticated with check (owner_id = auth.uid()::text);
      create policy own_select on storage.buckets for select to authenticated using (owner_id = auth.uid()::text)`)
    const [one, other] = [user(), user()]
    const client = await storage.as(one)
    expect((await client.createBucket('owned')).error).toBeNull()
    expect((await client.getBucket('owned')).data).toMatchObject({ owner: one.sub })
    expect((await (await storage.as(other)).getBucket('owned')).error).toMatchObject({ statusCode: '404' })
  })
})

test.each<[authorization: string | undefined, statusCode: string, message: string]>([
  [undefined, '403', 'Invalid Compact JWS'],
  ['Bearer nonsense', '403', 'Invalid Compact JWS'],
  ['Bearer ', '403', 'Invalid Compact JWS'],
])('asks for a good token: %s', async (authorization, statusCode, message) => {
  const response = await storage.request('/bucket', {
    ...(authorization !== undefined && { headers: { authorization } }),
  })
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({ statusCode, message })
})

test.each([
  ['/status', ''],
  ['/version', expect.stringMatching(/^v1\./)],
])('%s says that Storage runs, to anyone', async (path, text) => {
  const response = await storage.request(path)
  expect([response.status, await response.text()]).toEqual([200, text])
})

test.each(['/vector/CreateIndex', '/iceberg/v1/config', '/cdn/bucket/a.png', '/nothing'])(
  '%s answers as Storage does without the feature',
  async (path) => {
    const response = await storage.request(path, { as: admin })
    expect(response.status).toBe(404)
    expect(await response.json()).toEqual({
      statusCode: '404',
      code: 'InvalidRequest',
      error: 'Not Found',
      message: `Route GET:${path} not found`,
    })
  },
)

test.each<[what: string, content: string, declared: string, allowed: boolean]>([
  ['a GIF called a PNG', 'GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff', 'image/png', true],
  ['a PDF called a PNG', '%PDF-1.7\n', 'image/png', false],
  ['a PDF called JSON', '%PDF-1.7\n', 'application/json', false],
  ['a zip called JSON', 'PK\x03\x04\x14\x00\x00\x00\x08\x00', 'application/json', true],
  ['text called a PNG', 'hello', 'image/png', true],
  ['nothing', '', 'image/png', true],
  ['a PNG called a PDF', '\x89PNG\r\n\x1a\n', 'application/pdf', false],
])('a bucket for PNG and JSON %s', async (what, content, declared, allowed) => {
  const client = await storage.as(admin)
  await client.createBucket('typed', { public: false, allowedMimeTypes: ['image/png', 'application/json'] })
  const body = Buffer.from(content, 'latin1')
  const { error } = await client.from('typed').upload(what, body, { contentType: declared })
  if (allowed) expect(error).toBeNull()
  else expect(error).toMatchObject({ statusCode: '415' })
})
