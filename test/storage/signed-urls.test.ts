import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { admin, openStorage, type StorageFixture, user } from './storage-fixture.ts'

let storage: StorageFixture
const owner = user()
beforeAll(async () => {
  storage = await openStorage()
  const client = await storage.as(admin)
  await client.createBucket('private')
  await client.createBucket('other')
  await storage.sql(`create policy mine on storage.objects to authenticated
    using (owner_id = auth.uid()::text) with check (owner_id = auth.uid()::text)`)
  const bucket = (await storage.as(owner)).from('private')
  for (const name of ['file', 'folder/a b.txt']) await bucket.upload(name, name)
})
afterAll(() => storage[Symbol.asyncDispose]())

const pathOf = (url: string) => url.replace('http://portico.test/storage/v1', '')

describe('a signed URL', () => {
  test.each(['file', 'folder/a b.txt'])('of %s shows it to anyone', async (name) => {
    const { data } = await (await storage.as(owner)).from('private').createSignedUrl(name, 60, { download: 'x.txt' })
    const path = pathOf(data?.signedUrl ?? '')
    const response = await storage.request(path, { headers: { range: 'bytes=0-3' } })
    expect(response.status).toBe(206)
    expect(await response.text()).toBe(name.slice(0, 4))
    expect(Date.parse(response.headers.get('expires') ?? '')).toBeGreaterThan(Date.now())
    expect(response.headers.get('cache-control')).toBeNull()
    expect(response.headers.get('content-disposition')).toContain('x.txt')
    const head = await storage.request(path, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(name.length)])
  })

  test('is made for many at once', async () => {
    const { data } = await (await storage.as(owner))
      .from('private')
      .createSignedUrls(['file', 'no', 'folder/a b.txt'], 60)
    expect(data).toMatchObject([
      { path: 'file', error: null },
      { path: 'no', error: 'Either the object does not exist or you do not have access to it', signedURL: null },
      { path: 'folder/a b.txt', error: null },
    ])
    expect(await (await storage.request(pathOf(data?.[2]?.signedUrl ?? ''))).text()).toBe('folder/a b.txt')
  })

  test('is for a name with a question mark, too', async () => {
    await storage.request('/object/private/what%3F', { method: 'POST', as: owner, body: 'why' })
    const signed = await storage.request('/object/sign/private/what%3F', {
      method: 'POST',
      as: owner,
      json: { expiresIn: 60 },
    })
    const { signedURL } = (await signed.json()) as { signedURL: string }
    expect(await (await storage.request(signedURL)).text()).toBe('why')
  })

  test.each([{}, { expiresIn: 0 }, { expiresIn: -1 }, { expiresIn: 1.5 }, { expiresIn: 'soon' }, { expiresIn: 1e300 }])(
    'is not made with %o',
    async (body) => {
      const init = { method: 'POST', as: owner, json: body }
      const response = await storage.request('/object/sign/private/file', init)
      expect(await response.json()).toMatchObject({
        statusCode: '400',
        code: expect.stringMatching('InvalidRequest|InvalidParameter'),
      })
    },
  )
})

describe('a token', () => {
  const signed = async (name = 'file', seconds = 60) => {
    const { data } = await (await storage.as(owner)).from('private').createSignedUrl(name, seconds)
    return new URL(data?.signedUrl ?? '').searchParams.get('token') ?? ''
  }
  const grant = async () =>
    (await (await storage.as(owner)).from('private').createSignedUploadUrl('new')).data?.token ?? ''
  const tampered = (token: string) => {
    const [head, payload = '', signature] = token.split('.')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
    const forged = Buffer.from(JSON.stringify({ ...claims, url: 'private/folder/a b.txt' })).toString('base64url')
    return [head, forged, signature].join('.')
  }
  const unsigned = (claims: object) =>
    `${[{ alg: 'none' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`

  test.each<[what: string, path: string, token: () => Promise<string> | string, error: string]>([
    ['for another object', 'private/folder/a%20b.txt', () => signed(), 'InvalidSignature'],
    ['for another bucket', 'other/file', () => signed(), 'InvalidSignature'],
    ['for uploading', 'private/new', grant, 'InvalidSignature'],
    ['with a changed path', 'private/folder/a%20b.txt', async () => tampered(await signed()), 'InvalidJWT'],
    [
      'without a signature',
      'private/file',
      () => unsigned({ url: 'private/file', scope: 'download', exp: 9e9 }),
      'InvalidJWT',
    ],
    ['of the API itself', 'private/file', () => storage.token({ ...admin, expiresIn: 60 }), 'InvalidJWT'],
    ['that is none', 'private/file', () => 'x', 'InvalidJWT'],
    ['that is empty', 'private/file', () => '', 'InvalidJWT'],
  ])('%s opens nothing', async (_what, path, token, error) => {
    const response = await storage.request(`/object/sign/${path}?token=${await token()}`)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ statusCode: '400', error })
  })

  test('of the API, even with the right claims, is no signed URL; nor the other way round', async () => {
    const secret = new TextEncoder().encode('a-secret-of-the-storage-tests-with-enough-characters')
    const token = await new SignJWT({ url: 'private/file', scope: 'download', exp: 9e9 })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(secret)
    const response = await storage.request(`/object/sign/private/file?token=${token}`)
    expect(await response.json()).toMatchObject({ error: 'InvalidJWT', message: 'signature verification failed' })
    const headers = { authorization: `Bearer ${await signed()}` }
    expect((await storage.request('/bucket', { headers })).status).toBe(400)
  })

  test('opens nothing when it has expired', async () => {
    const token = await signed('file', 1)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2000 })
    try {
      const response = await storage.request(`/object/sign/private/file?token=${token}`)
      expect(await response.json()).toMatchObject({
        error: 'InvalidJWT',
        message: '"exp" claim timestamp check failed',
      })
    } finally {
      vi.useRealTimers()
    }
  })

  test('must be there', async () => {
    for (const request of [
      storage.request('/object/sign/private/file'),
      storage.request('/object/upload/sign/private/file', { method: 'PUT', body: 'x' }),
    ]) {
      const response = await request
      expect(await response.json()).toMatchObject({
        statusCode: '400',
        message: "querystring must have required property 'token'",
      })
    }
  })
})

describe('a signed upload URL', () => {
  test('lets anyone write the object as its owner, once', async () => {
    const bucket = (await storage.as(owner)).from('private')
    const { data } = await bucket.createSignedUploadUrl('from-phone')
    const phone = (await storage.as({ role: 'anon' })).from('private')
    expect((await phone.uploadToSignedUrl('from-phone', data?.token ?? '', 'hello')).data).toMatchObject({
      fullPath: 'private/from-phone',
    })
    expect(await (await bucket.download('from-phone')).data?.text()).toBe('hello')
    expect(await storage.sql(`select owner_id from storage.objects where name = 'from-phone'`)).toEqual([
      { owner_id: owner.sub },
    ])
    expect((await phone.uploadToSignedUrl('from-phone', data?.token ?? '', 'again')).error).toMatchObject({
      statusCode: '409',
    })
    expect((await bucket.createSignedUploadUrl('from-phone')).error).toMatchObject({ statusCode: '409' })
  })

  test('replaces where it was asked for with upsert', async () => {
    const bucket = (await storage.as(owner)).from('private')
    await bucket.upload('replaced', 'old')
    const { data } = await bucket.createSignedUploadUrl('replaced', { upsert: true })
    const form = new Blob(['new'], { type: 'text/plain' })
    expect((await bucket.uploadToSignedUrl('replaced', data?.token ?? '', form)).error).toBeNull()
    expect(await (await bucket.download('replaced')).data?.text()).toBe('new')
  })

  test('is for one path', async () => {
    const bucket = (await storage.as(owner)).from('private')
    const { data } = await bucket.createSignedUploadUrl('here')
    expect((await bucket.uploadToSignedUrl('there', data?.token ?? '', 'x')).error).toMatchObject({ statusCode: '400' })
    const download = await bucket.createSignedUrl('file', 60)
    const token = new URL(download.data?.signedUrl ?? '').searchParams.get('token') ?? ''
    expect((await bucket.uploadToSignedUrl('file', token, 'x')).error).toMatchObject({
      message: 'Token is not scoped for upload',
    })
  })
})
