import { beforeAll, describe, expect, test } from 'vitest'
import { useFixture } from '../support/fixture.ts'
import { admin, etagOf, openStorage, user } from './storage-fixture.ts'

const storage = useFixture(() => openStorage())
beforeAll(async () => {
  const client = await storage.as(admin)
  await client.createBucket('private')
  await client.createBucket('public', { public: true })
  await client.createBucket('small', { public: false, fileSizeLimit: 10 })
  await client.createBucket('images', { public: false, allowedMimeTypes: ['image/png', 'video/*'] })
  await storage.sql(`create policy everything on storage.objects to authenticated using (true) with check (true)`)
})

const bytes = (length: number) => Buffer.from(Array.from({ length }, (_, i) => i % 251))

describe('an upload', () => {
  const owner = user()
  const body = bytes(70_000)
  test.each<[form: string, body: Buffer | Blob | ReadableStream<Uint8Array>]>([
    ['a buffer', body],
    ['a blob, as a form', new Blob([body], { type: 'image/png' })],
    ['a file, as a form', new File([body], 'x.png', { type: 'image/png' })],
    ['a stream', new Blob([body]).stream()],
  ])('of %s is stored and answered as it was', async (form, content) => {
    const bucket = (await storage.as(owner)).from('private')
    const name = `folder/${form}.png`
    const { data, error } = await bucket.upload(name, content, {
      contentType: 'image/png',
      cacheControl: '60',
      metadata: { camera: 'Ω', shots: 2 },
    })
    expect(error).toBeNull()
    expect(data).toMatchObject({ path: name, fullPath: `private/${name}` })

    const { data: info } = await bucket.info(name)
    expect(info).toMatchObject({
      id: data?.id,
      name,
      bucketId: 'private',
      size: body.length,
      contentType: 'image/png',
      cacheControl: 'max-age=60',
      etag: etagOf(body),
      metadata: { camera: 'Ω', shots: 2 },
    })
    expect(await bucket.exists(name)).toEqual({ data: true, error: null })
    const about = `/object/info/private/${encodeURIComponent(name)}`
    for (const method of ['GET', 'HEAD']) {
      const { headers } = await storage.request(about, { method, as: owner })
      expect([headers.get('etag'), headers.get('cache-control')]).toEqual([etagOf(body), 'max-age=60'])
    }
    const { data: blob } = await bucket.download(name)
    expect(Buffer.from((await blob?.arrayBuffer()) ?? new ArrayBuffer())).toEqual(body)
    expect(blob?.type).toBe('image/png')
    const [row] = await storage.sql('select owner, owner_id from storage.objects where name = $1', [name])
    expect(row).toEqual({ owner: owner.sub, owner_id: owner.sub })
  })

  test('of nothing is an empty object', async () => {
    const bucket = (await storage.as(admin)).from('private')
    expect((await bucket.upload('empty', '')).error).toBeNull()
    expect((await bucket.info('empty')).data).toMatchObject({ size: 0 })
    expect(await (await bucket.download('empty')).data?.text()).toBe('')
    const range = await storage.request('/object/private/empty', { as: admin, headers: { range: 'bytes=0-' } })
    expect(range.status).toBe(416)
  })

  test('does not replace an object unless told to', async () => {
    const bucket = (await storage.as(owner)).from('private')
    await bucket.upload('twice', 'first')
    expect((await bucket.upload('twice', 'second')).error).toMatchObject({
      statusCode: '409',
      message: 'The resource already exists',
    })
    const { data: before } = await bucket.info('twice')
    expect((await bucket.upload('twice', 'second', { upsert: true })).error).toBeNull()
    expect((await bucket.update('twice', 'third')).error).toBeNull()
    const { data: after } = await bucket.info('twice')
    expect(after?.id).toBe(before?.id)
    expect(after?.version).not.toBe(before?.version)
    expect(await (await bucket.download('twice')).data?.text()).toBe('third')
    expect((await storage.files()).filter((file) => file.includes('/twice/'))).toHaveLength(1)
  })

  test('lies beside objects whose names continue its own', async () => {
    const bucket = (await storage.as(admin)).from('private')
    for (const name of ['n', 'n/n', 'n/n/n']) expect((await bucket.upload(name, name)).error).toBeNull()
    for (const name of ['n', 'n/n', 'n/n/n']) expect(await (await bucket.download(name)).data?.text()).toBe(name)
    await bucket.remove(['n/n'])
    expect(await (await bucket.download('n/n/n')).data?.text()).toBe('n/n/n')
  })

  test.each<[what: string, bucket: string, body: string, options: object, statusCode: string, message: string]>([
    ['too large for its bucket', 'small', 'x'.repeat(11), {}, '413', 'The object exceeded the maximum allowed size'],
    [
      'of a type not allowed',
      'images',
      'x',
      { contentType: 'image/jpeg' },
      '415',
      'mime type image/jpeg is not supported',
    ],
    ['of no type', 'images', 'x', { contentType: 'image' }, '415', 'Invalid Content-Type header'],
    ['to no bucket', 'nowhere', 'x', {}, '404', 'Bucket not found'],
  ])('%s is refused', async (_what, bucket, body, options, statusCode, message) => {
    const before = await storage.files()
    for (const content of [body, new Blob([body], { type: 'image/jpeg' })]) {
      const { error } = await (await storage.as(admin)).from(bucket).upload('refused', content, options)
      expect(error).toMatchObject({ statusCode, ...(content === body && { message }) })
    }
    expect(await storage.files()).toEqual(before)
  })

  test('is of a type that its bucket allows', async () => {
    const bucket = (await storage.as(admin)).from('images')
    expect((await bucket.upload('a.png', 'x', { contentType: 'image/png' })).error).toBeNull()
    expect((await bucket.upload('a.mp4', 'x', { contentType: 'video/mp4' })).error).toBeNull()
    expect((await bucket.upload('f/.emptyFolderPlaceholder', '', { contentType: 'text/plain' })).error).toBeNull()
    expect((await bucket.upload('g/.emptyFolderPlaceholder', 'x')).error).toMatchObject({ statusCode: '413' })
  })

  test.each([
    ['a form without a file', new FormData()],
    ['a form that breaks off', '--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nhalf'],
    ['a form without a boundary', ''],
  ])('as %s is refused and leaves nothing', async (what, body) => {
    const before = await storage.files()
    const headers = typeof body === 'string' ? { 'content-type': `multipart/form-data${body && '; boundary=b'}` } : {}
    const response = await storage.request('/object/private/broken', { method: 'POST', as: admin, body, headers })
    expect(response.status, what).toBe(400)
    expect(await response.json(), what).toMatchObject({ statusCode: '400', code: 'InvalidRequest' })
    expect(await storage.files()).toEqual(before)
    expect((await (await storage.as(admin)).from('private').info('broken')).error).toMatchObject({ statusCode: '404' })
  })

  test('cannot smuggle headers into its download', async () => {
    const form = new FormData()
    form.set('contentType', 'text/plain\r\nset-cookie: a=b')
    form.set('', new Blob(['x']))
    const response = await storage.request('/object/private/smuggle', { method: 'POST', as: admin, body: form })
    expect(await response.json()).toMatchObject({ statusCode: '400', error: 'InvalidRequest' })
  })
})

describe('a download', () => {
  const body = bytes(1000)
  beforeAll(async () => {
    const client = await storage.as(admin)
    for (const bucket of ['private', 'public']) {
      await client.from(bucket).upload('file.bin', body, { contentType: 'application/x-test', cacheControl: '3600' })
    }
  })
  const get = (headers: Record<string, string> = {}, query = '', method = 'GET') =>
    storage.request(`/object/public/public/file.bin${query}`, { headers, method })

  test('has the headers of the object', async () => {
    const response = await get()
    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'accept-ranges': 'bytes',
      'cache-control': 'max-age=3600',
      'content-length': '1000',
      'content-type': 'application/x-test',
      etag: etagOf(body),
      'x-content-type-options': 'nosniff',
      'x-robots-tag': 'none',
    })
    expect(Date.parse(response.headers.get('last-modified') ?? '')).toBeLessThanOrEqual(Date.now())
    expect(Buffer.from(await response.arrayBuffer())).toEqual(body)
  })

  test('is described by HEAD', async () => {
    for (const path of [
      '/object/public/public/file.bin',
      '/object/private/file.bin',
      '/object/authenticated/private/file.bin',
    ]) {
      const response = await storage.request(path, { method: 'HEAD', as: admin })
      expect(response.status).toBe(200)
      expect(response.headers.get('content-length')).toBe('1000')
      expect(await response.text()).toBe('')
    }
    expect((await storage.request('/object/private/no', { method: 'HEAD', as: admin })).status).toBe(400)
  })

  test.each<[range: string, status: number, first: number, last: number]>([
    ['bytes=0-99', 206, 0, 99],
    ['bytes=990-', 206, 990, 999],
    ['bytes=-1', 206, 999, 999],
    ['bytes=-5000', 206, 0, 999],
    ['bytes=999-5000', 206, 999, 999],
    ['bytes=0-0', 206, 0, 0],
  ])('of the range %s', async (range, status, first, last) => {
    const response = await get({ range })
    expect(response.status).toBe(status)
    expect(response.headers.get('content-range')).toBe(`bytes ${first}-${last}/1000`)
    expect(response.headers.get('content-length')).toBe(String(last - first + 1))
    expect(Buffer.from(await response.arrayBuffer())).toEqual(body.subarray(first, last + 1))
  })

  test.each([
    'bytes=1000-',
    'bytes=5-4',
    'bytes=-0',
    'bytes=-',
    'bytes=a-b',
    'bytes=0-1,3-4',
    'lines=0-1',
    'bytes=99999999999999999999-',
  ])('of the range %s is refused', async (range) => {
    const response = await get({ range })
    expect(response.status).toBe(416)
    expect(response.headers.get('content-range')).toBe('bytes */1000')
    expect(await response.json()).toMatchObject({ statusCode: '416', error: 'invalid_range', code: 'InvalidRange' })
  })

  test.each<[what: string, headers: (eTag: string, date: string) => Record<string, string>, status: number]>([
    ['the same tag', (etag) => ({ 'if-none-match': etag }), 304],
    ['the same tag, weak and among others', (etag) => ({ 'if-none-match': `"x", W/${etag}` }), 304],
    ['any tag', () => ({ 'if-none-match': '*' }), 304],
    ['another tag', () => ({ 'if-none-match': '"x"' }), 200],
    ['another tag and the same date', (_, date) => ({ 'if-none-match': '"x"', 'if-modified-since': date }), 200],
    ['the same date', (_, date) => ({ 'if-modified-since': date }), 304],
    ['an older date', () => ({ 'if-modified-since': 'Mon, 01 Jan 2001 00:00:00 GMT' }), 200],
    ['no date', () => ({ 'if-modified-since': 'yesterday' }), 200],
    ['a range of the same tag', (etag) => ({ 'if-range': etag, range: 'bytes=0-1' }), 206],
    ['a range of another tag', () => ({ 'if-range': '"x"', range: 'bytes=0-1' }), 200],
    ['a range of the same date', (_, date) => ({ 'if-range': date, range: 'bytes=0-1' }), 206],
    ['a range of another date', () => ({ 'if-range': 'Mon, 01 Jan 2001 00:00:00 GMT', range: 'bytes=0-1' }), 200],
  ])('asked for with %s', async (_what, headers, status) => {
    const known = await get({}, '', 'HEAD')
    const response = await get(headers(known.headers.get('etag') ?? '', known.headers.get('last-modified') ?? ''))
    expect(response.status).toBe(status)
    await response.arrayBuffer()
  })

  test.each([
    ['?download', 'attachment;'],
    ['?download=', 'attachment;'],
    ['?download=a b.png', "attachment; filename=a%20b.png; filename*=UTF-8''a%20b.png"],
    ['?download=é"', "attachment; filename=%C3%A9%22; filename*=UTF-8''%C3%A9%22"],
  ])('with %s is saved', async (query, disposition) => {
    const response = await get({}, query)
    expect(response.headers.get('content-disposition')).toBe(disposition)
    await response.arrayBuffer()
  })

  test.each<[type: string, served: string, sandboxed: boolean]>([
    ['text/html', 'text/plain', false],
    ['Text/HTML; charset=utf-8', 'text/plain', false],
    ['image/svg+xml', 'image/svg+xml', true],
    ['application/xhtml+xml', 'application/xhtml+xml', true],
    ['image/png', 'image/png', false],
    ['video/mp4', 'video/mp4', false],
    ['application/pdf', 'application/pdf', false],
    ['application/json; charset=utf-8', 'application/json; charset=utf-8', false],
    ['multipart/x-mixed-replace; boundary=x', 'multipart/x-mixed-replace; boundary=x', true],
    ['application/x-unknown', 'application/x-unknown', true],
  ])('of %s runs no script', async (type, served, sandboxed) => {
    const bucket = (await storage.as(admin)).from('public')
    await bucket.upload('document', '<script>', { contentType: type, upsert: true })
    const { headers } = await storage.request('/object/public/public/document', { method: 'HEAD' })
    expect(headers.get('content-type')).toBe(served)
    expect(headers.get('content-security-policy')?.includes('sandbox') ?? false).toBe(sandboxed)
  })

  test('of what metadata say wrongly stays well-formed', async () => {
    const bucket = (await storage.as(admin)).from('public')
    await bucket.upload('edited', 'x')
    await storage.sql(`update storage.objects set metadata = $1 where name = 'edited'`, [
      { mimetype: 'a\r\nb: c', cacheControl: 7, eTag: 'no', lastModified: 'never', size: 999 },
    ])
    const response = await storage.request('/object/public/public/edited')
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/octet-stream')
    expect(response.headers.get('content-length')).toBe('1')
    expect(await response.text()).toBe('x')
    await storage.sql(`update storage.objects set metadata = null where name = 'edited'`)
    expect(await (await storage.request('/object/public/public/edited')).text()).toBe('x')
  })

  test.each<[path: string, as: { role: string } | undefined, message: string]>([
    ['/object/public/private/file.bin', undefined, 'Bucket not found'],
    ['/object/public/nowhere/file.bin', undefined, 'Bucket not found'],
    ['/object/public/public/nothing', undefined, 'Object not found'],
    ['/object/private/file.bin', undefined, 'Bucket not found'],
    ['/object/private/nothing', admin, 'Object not found'],
    ['/object/nowhere/nothing', admin, 'Bucket not found'],
    ['/object/info/private/file.bin', undefined, 'Bucket not found'],
    ['/object/info/public/private/file.bin', undefined, 'Bucket not found'],
  ])('of %s finds nothing', async (path, as, message) => {
    const response = await storage.request(path, as ? { as } : {})
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ statusCode: '404', message })
  })

  test('of a public object needs no token, nor a good one', async () => {
    for (const authorization of [undefined, 'Bearer rubbish']) {
      for (const path of [
        '/object/public/public/file.bin',
        '/object/public/file.bin',
        '/object/info/public/file.bin',
      ]) {
        const response = await storage.request(path, authorization ? { headers: { authorization } } : {})
        expect(response.status, path).toBe(200)
        await response.arrayBuffer()
      }
    }
  })
})

describe('lists', () => {
  beforeAll(async () => {
    const client = await storage.as(admin)
    await client.createBucket('listed')
    for (const name of ['b.txt', 'a.txt', 'sub/c.txt', 'sub/deep/d.txt', 'sub/deep/e.txt', 'sub_/f.txt', 'Upper.txt']) {
      await client.from('listed').upload(name, name)
    }
  })

  test.each<[prefix: string, options: object, names: string[]]>([
    ['', {}, ['a.txt', 'b.txt', 'sub', 'sub_', 'Upper.txt']],
    ['', { limit: 2 }, ['a.txt', 'b.txt']],
    ['', { limit: 2, offset: 1 }, ['b.txt', 'sub']],
    ['', { sortBy: { column: 'name', order: 'desc' } }, ['Upper.txt', 'sub_', 'sub', 'b.txt', 'a.txt']],
    ['', { search: 'su' }, ['sub', 'sub_']],
    ['', { sortBy: { column: 'created_at', order: 'asc' } }, ['sub', 'sub_', 'b.txt', 'a.txt', 'Upper.txt']],
    ['sub', {}, ['c.txt', 'deep']],
    ['sub/', {}, ['c.txt', 'deep']],
    ['sub/deep', { sortBy: { column: 'name', order: 'desc' } }, ['e.txt', 'd.txt']],
    ['sub_', {}, ['f.txt']],
    ['su', {}, []],
    ['%', {}, []],
    ['../', {}, []],
  ])('%s with %o', async (prefix, options, names) => {
    const { data } = await (await storage.as(admin)).from('listed').list(prefix, options)
    expect(data?.map((item) => item.name)).toEqual(names)
    for (const item of data ?? []) expect(item.id === null).toBe(!item.name.includes('.'))
  })

  test('refuse what they cannot do', async () => {
    const list = async (body: object) => {
      const response = await storage.request('/object/list/listed', {
        method: 'POST',
        as: admin,
        json: body,
      })
      return (await response.json()) as { message: string }
    }
    expect((await list({})).message).toBe("body must have required property 'prefix'")
    expect((await list({ prefix: '', limit: 0 })).message).toContain('body/limit')
    expect((await list({ prefix: '', sortBy: { column: 'metadata' } })).message).toContain('body/sortBy/column')
    for (const cursor of ['%', 'e30', Buffer.from('["a","metadata","asc",""]').toString('base64url')]) {
      const { error } = await (await storage.as(admin)).from('listed').listV2({ cursor })
      expect(error).toMatchObject({ statusCode: '400', message: 'Invalid Parameter continuation token' })
    }
  })
})

test.each<[what: string, path: string, method: string, body: object, headers?: Record<string, string>]>([
  ['a NUL in a prefix', '/object/list/private', 'POST', { prefix: 'a\0b' }],
  ['a page beyond numbers', '/object/list/private', 'POST', { prefix: '', offset: 2 ** 40 }],
  ['a NUL in a name', '/object/private', 'DELETE', { prefixes: ['a\0b'] }],
  ['a NUL among paths', '/object/sign/private', 'POST', { expiresIn: 1, paths: ['a\0b'] }],
  ['a NUL in a bucket', '/object/list/a%00b', 'POST', { prefix: '' }],
  [
    'a NUL in metadata',
    '/object/private/metadata',
    'POST',
    {},
    { 'x-metadata': Buffer.from('{"a":"\\u0000"}').toString('base64') },
  ],
  ['a body of a megabyte', '/object/list/private', 'POST', { prefix: 'x'.repeat(2 ** 20) }],
])('%s is refused', async (_what, path, method, body, headers = {}) => {
  const response = await storage.request(path, { method, as: admin, json: body, headers })
  expect(response.status).toBeGreaterThanOrEqual(400)
  expect(response.status).toBeLessThan(500)
  expect(await response.json()).toMatchObject({ statusCode: expect.stringMatching(/^4/) })
})
