import { crc32 } from 'node:zlib'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { admin, openStorage, type StorageFixture, user } from './storage-fixture.ts'

let storage: StorageFixture
let photo: Buffer
beforeAll(async () => {
  storage = await openStorage()
  const client = await storage.as(admin)
  await client.createBucket('private')
  await client.createBucket('public', { public: true })
  photo = await sharp({ create: { width: 400, height: 200, channels: 3, background: '#c33' } })
    .withExif({ IFD0: { Copyright: 'A. Photographer' } })
    .jpeg()
    .toBuffer()
  for (const bucket of ['private', 'public']) {
    await client.from(bucket).upload('a photo.jpg', photo, { contentType: 'image/jpeg', cacheControl: '60' })
  }
})
afterAll(() => storage[Symbol.asyncDispose]())

const shown = async (path: string, headers: Record<string, string> = {}) => {
  const response = await storage.request(path, { headers, as: admin })
  const body = Buffer.from(await response.arrayBuffer())
  const { width, height, format } = response.ok ? await sharp(body).metadata() : {}
  return { status: response.status, headers: response.headers, body, size: [width, height], format }
}

describe('an image', () => {
  test.each<[query: string, size: [number, number], described: string | null]>([
    ['', [400, 200], null],
    ['width=100', [100, 50], 'width:100,resizing_type:fill'],
    ['height=100', [200, 100], 'height:100,resizing_type:fill'],
    ['width=100&height=100', [100, 100], 'height:100,width:100,resizing_type:fill'],
    ['width=100&height=100&resize=contain', [100, 50], 'height:100,width:100,resizing_type:fit'],
    ['width=100&height=100&resize=fill', [100, 100], 'height:100,width:100,resizing_type:force'],
    ['width=4000', [400, 200], 'width:2500,resizing_type:fill'],
    ['width=50&quality=20', [50, 25], 'width:50,resizing_type:fill,quality:20'],
  ])('with %s is of size %o', async (query, size, described) => {
    const answer = await shown(`/render/image/authenticated/private/a%20photo.jpg?${query}`)
    expect([answer.status, answer.size, answer.format]).toEqual([200, size, 'jpeg'])
    expect(answer.headers.get('x-transformations')).toBe(described)
    expect(answer.headers.get('content-length')).toBe(String(answer.body.length))
    expect(answer.headers.get('cache-control')).toBe('max-age=60')
  })

  /** Of the quarters of `quarters.png`, 200 pixels wide and high, the colours that are seen in the corners of the answer. */
  test.each<[query: string, seen: string[], described?: string]>([
    ['width=200&height=100&gravity=no', ['red', 'lime', 'red', 'lime'], 'gravity:no'],
    ['width=200&height=100&gravity=so', ['blue', 'white', 'blue', 'white'], 'gravity:so'],
    ['width=100&height=200&gravity=we', ['red', 'red', 'blue', 'blue'], 'gravity:we'],
    ['width=100&height=200&gravity=ea', ['lime', 'lime', 'white', 'white'], 'gravity:ea'],
    ['width=200&height=100&gravity=noea', ['red', 'lime', 'red', 'lime'], 'gravity:noea'],
    ['width=100&height=200&gravity=sowe', ['red', 'red', 'blue', 'blue'], 'gravity:sowe'],
    ['width=100&height=200&gravity=soea', ['lime', 'lime', 'white', 'white'], 'gravity:soea'],
    ['width=100&height=200&gravity=ce', ['red', 'lime', 'blue', 'white'], 'gravity:ce'],
    ['width=100&height=200', ['red', 'lime', 'blue', 'white'], ''],
    ['width=100&height=200&gravity=fp&x_offset=0&y_offset=0.5', ['red', 'red', 'blue', 'blue'], 'gravity:fp:0:0.5'],
    ['width=100&height=200&gravity=fp&x_offset=1&y_offset=1', ['lime', 'lime', 'white', 'white'], 'gravity:fp:1:1'],
    ['width=100&height=200&gravity=we&x_offset=100', ['lime', 'lime', 'white', 'white'], 'gravity:we:100:0'],
    ['width=100&height=200&gravity=ea&x_offset=0.5', ['red', 'red', 'blue', 'blue'], 'gravity:ea:0.5:0'],
    ['width=200&height=100&gravity=no&y_offset=999', ['blue', 'white', 'blue', 'white'], 'gravity:no:0:999'],
    ['width=100&height=50&gravity=so', ['blue', 'white', 'blue', 'white'], 'gravity:so'],
    ['width=100&height=100&resize=contain&gravity=so', ['red', 'lime', 'blue', 'white'], 'gravity:so'],
    ['width=500&height=100&gravity=so', ['blue', 'white', 'blue', 'white'], 'gravity:so'],
  ])('that is cropped with %s shows %o', async (query, seen, described) => {
    const quarters = sharp({ create: { width: 200, height: 200, channels: 3, background: 'red' } }).composite(
      (['lime', 'blue', 'white'] as const).map((background, i) => ({
        input: { create: { width: 100, height: 100, channels: 3 as const, background } },
        left: i === 1 ? 0 : 100,
        top: i === 0 ? 0 : 100,
      })),
    )
    await (await storage.as(admin))
      .from('private')
      .upload('quarters.png', await quarters.png().toBuffer(), { contentType: 'image/png', upsert: true })
    const answer = await shown(`/render/image/authenticated/private/quarters.png?${query}`)
    const { data, info } = await sharp(answer.body).raw().toBuffer({ resolveWithObject: true })
    const colours: Record<string, string> = { '255,0,0': 'red', '0,255,0': 'lime', '0,0,255': 'blue' }
    const at = (x: number, y: number) => {
      const start = (y * info.width + x) * info.channels
      return colours[[...data.subarray(start, start + 3)].join()] ?? 'white'
    }
    // Where quarters meet, pixels are mixed.
    const [left, right, top, bottom] = [3, info.width - 4, 3, info.height - 4]
    expect([at(left, top), at(right, top), at(left, bottom), at(right, bottom)]).toEqual(seen)
    expect(answer.headers.get('x-transformations')?.match(/gravity.*/)?.[0] ?? '').toBe(described)
  })

  test('that is cropped by what draws the eye keeps it', async () => {
    const eye = { create: { width: 20, height: 20, channels: 3 as const, background: '#f00' } }
    const plain = sharp({ create: { width: 400, height: 100, channels: 3, background: '#888' } })
    const scene = await plain
      .composite([{ input: eye, left: 370, top: 40 }])
      .png()
      .toBuffer()
    await (await storage.as(admin)).from('private').upload('scene.png', scene, { contentType: 'image/png' })
    const redIn = async (query: string) => {
      const { body } = await shown(`/render/image/authenticated/private/scene.png?width=100&height=100${query}`)
      return (await sharp(body).stats()).channels[0]?.max === 255
    }
    expect([await redIn('&gravity=sm'), await redIn('')]).toEqual([true, false])
  })

  test.each<[accept: string, query: string, format: string, type: string]>([
    ['image/avif,image/webp,*/*', '', 'heif', 'image/avif'],
    ['image/webp,*/*', '', 'webp', 'image/webp'],
    ['image/avif;q=0,image/webp', '', 'webp', 'image/webp'],
    ['*/*', '', 'jpeg', 'image/jpeg'],
    ['image/avif,image/webp', '&format=origin', 'jpeg', 'image/jpeg'],
    ['*/*', '&format=webp', 'webp', 'image/webp'],
  ])('for a client that accepts %s%s is %s', async (accept, query, format, type) => {
    const answer = await shown(`/render/image/public/public/a%20photo.jpg?width=40${query}`, { accept })
    expect([answer.format, answer.headers.get('content-type')]).toEqual([format, type])
    expect(answer.headers.get('vary')).toBe('accept')
  })

  test('is made once for all who ask, and is made again when its file is gone', async () => {
    const path = '/render/image/authenticated/private/a%20photo.jpg?width=77'
    const answers = await Promise.all(Array.from({ length: 10 }, () => shown(path)))
    const eTag = answers[0]?.headers.get('etag') ?? ''
    for (const answer of answers) expect(answer.body.equals(answers[0]?.body ?? Buffer.alloc(0))).toBe(true)
    const made = async () => (await storage.files()).filter((file) => file.includes('/images/'))
    const all = await made()
    await shown(path)
    expect(await made()).toEqual(all)
    expect((await storage.request(path, { as: admin, headers: { 'if-none-match': eTag } })).status).toBe(304)
    const part = await storage.request(path, { as: admin, headers: { range: 'bytes=0-9' } })
    expect([part.status, (await part.arrayBuffer()).byteLength]).toEqual([206, 10])
    const { rm } = await import('node:fs/promises')
    for (const file of all) await rm(file)
    expect((await shown(path)).status).toBe(200)
  })

  test('is that of the new content after an overwrite', async () => {
    const bucket = (await storage.as(admin)).from('private')
    const other = await sharp({ create: { width: 10, height: 10, channels: 3, background: '#0f0' } })
      .png()
      .toBuffer()
    await bucket.upload('changing', photo, { contentType: 'image/jpeg' })
    expect((await shown('/render/image/authenticated/private/changing')).format).toBe('jpeg')
    await bucket.update('changing', other, { contentType: 'image/png' })
    expect((await shown('/render/image/authenticated/private/changing')).format).toBe('png')
    await bucket.remove(['changing'])
    expect((await shown('/render/image/authenticated/private/changing')).status).toBe(400)
  })

  test('stands upright and tells nothing of where it was taken', async () => {
    const lying = await sharp({ create: { width: 40, height: 20, channels: 3, background: '#00f' } })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer()
    await (await storage.as(admin)).from('private').upload('lying', lying, { contentType: 'image/jpeg' })
    const answer = await shown('/render/image/authenticated/private/lying')
    expect([answer.size, (await sharp(answer.body).metadata()).exif]).toEqual([[20, 40], undefined])
  })
})

test('download and signed URLs of supabase-js carry transformations', async () => {
  const bucket = (await storage.as(admin)).from('private')
  const transform = { width: 30, height: 30, quality: 60 }
  const { data } = await bucket.download('a photo.jpg', { transform })
  expect((await sharp(Buffer.from((await data?.arrayBuffer()) ?? new ArrayBuffer())).metadata()).width).toBe(30)

  const { data: signed } = await bucket.createSignedUrl('a photo.jpg', 60, { transform })
  const url = new URL(signed?.signedUrl ?? '')
  const path = url.pathname.replace('/storage/v1', '') + url.search
  expect((await shown(path)).size).toEqual([30, 30])
  // Who was given the small one was given neither another size nor the original.
  expect((await shown(`${path}&width=400`)).size).toEqual([30, 30])
  expect((await shown(path.replace('/render/image/sign/', '/object/sign/'))).status).toBe(400)
  expect((await shown(path.replace('a%20photo', 'other'))).status).toBe(400)
})

test('a signed URL crops as it was signed to', async () => {
  const transform = { width: 10, height: 200, gravity: 'fp', x_offset: 0.25, y_offset: 1 }
  const sign = (body: object) =>
    storage.request('/object/sign/private/a%20photo.jpg', {
      method: 'POST',
      as: admin,
      json: { expiresIn: 60, transform: body },
    })
  const { signedURL } = (await (await sign(transform)).json()) as { signedURL: string }
  const answer = await shown(signedURL)
  expect([answer.size, answer.headers.get('x-transformations')]).toEqual([
    [10, 200],
    'height:200,width:10,resizing_type:fill,gravity:fp:0.25:1',
  ])
  const refused = await sign({ ...transform, x_offset: undefined })
  expect(await refused.json()).toMatchObject({ statusCode: '400', code: 'InvalidRequest' })
})

test('many URLs are signed in one call, with a transformation if a header asks for it', async () => {
  const bucket = (await storage.as(admin)).from('private').setHeader('x-transform', 'width:20,height:20,resize:cover')
  const { data } = await bucket.createSignedUrls(['a photo.jpg', 'nothing'], 60)
  expect(data?.[0]?.signedUrl).toContain('/render/image/sign/private/a%20photo.jpg?token=')
  expect(data?.[1]?.error).not.toBeNull()
  const refused = await (await storage.as(admin))
    .from('private')
    .setHeader('x-transform', 'width:a')
    .createSignedUrls(['a'], 60)
  expect(refused.error).toMatchObject({ message: 'The x-transform header is not a transformation' })
})

test('an image whose checksums are wrong is one all the same', async () => {
  const png = await sharp(photo).png().toBuffer()
  png.writeUInt32BE(0, png.indexOf('IHDR') + 17)
  const bucket = (await storage.as(admin)).from('private')
  await bucket.upload('wrong checksum.png', png, { contentType: 'image/png' })
  const { data } = await bucket.download('wrong checksum.png', { transform: { width: 10, height: 10 } })
  expect(data?.type).toBe('image/png')
})

test('an SVG fits any size as it is, and runs nothing', async () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
  const bucket = (await storage.as(admin)).from('public')
  await bucket.upload('drawn.svg', svg, { contentType: 'image/svg+xml' })
  const answer = await storage.request('/render/image/public/public/drawn.svg?width=20&height=20')
  expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([200, 'image/svg+xml', svg])
  expect(answer.headers.get('content-security-policy')).toContain('sandbox')
  expect((await storage.request('/render/image/public/public/drawn.svg?width=20&format=webp')).status).toBe(400)
})

describe('what is no image, or should not be looked at', () => {
  test.each<[what: string, file: () => Promise<Buffer>, message: string]>([
    ['text', async () => Buffer.from('text'), 'invalid or unsupported'],
    ['nothing', async () => Buffer.alloc(0), 'invalid or unsupported'],
    [
      'an SVG',
      async () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
      'invalid or unsupported',
    ],
    ['half an image', async () => photo.subarray(0, photo.length / 2), 'invalid or unsupported'],
    ['a bomb', bomb, 'resolution is too large'],
    ['a file too large', async () => Buffer.concat([photo, Buffer.alloc(25 * 1024 * 1024)]), 'file is too large'],
  ])('%s is refused', async (what, file, message) => {
    const bucket = (await storage.as(admin)).from('private')
    await bucket.upload(what, await file(), { contentType: 'image/png', upsert: true })
    const { error } = await bucket.download(what, { transform: { width: 10 } })
    expect(error).toMatchObject({ statusCode: '400', message: expect.stringContaining(message) })
  })

  test.each([
    'width=-1',
    'width=a',
    'width=1.5',
    'quality=5',
    'quality=101',
    'resize=zoom',
    'format=exe',
    'height=1e999',
    'gravity=obj',
    'gravity=fp',
    'gravity=fp&x_offset=0.5',
    'gravity=fp&x_offset=-0.1&y_offset=0.5',
    'gravity=fp&x_offset=0.5&y_offset=1.1',
    'x_offset=Infinity',
  ])('%s is no transformation', async (query) => {
    const answer = await storage.request(`/render/image/public/public/a%20photo.jpg?${query}`)
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ code: 'InvalidRequest', statusCode: '400' })
  })

  test('a private image is not there for who may not see it', async () => {
    const path = '/private/a%20photo.jpg'
    expect((await storage.request(`/render/image/public${path}`)).status).toBe(400)
    expect((await storage.request(`/render/image/authenticated${path}`)).status).toBe(400)
    expect((await storage.request(`/render/image/authenticated${path}`, { as: user() })).status).toBe(400)
    expect((await storage.request(`/render/image/sign${path}?token=x`)).status).toBe(400)
  })
})

/** A PNG of a few bytes that says it is 60,000 pixels wide and high. */
async function bomb(): Promise<Buffer> {
  const png = await sharp({ create: { width: 1, height: 1, channels: 3, background: '#fff' } })
    .png()
    .toBuffer()
  png.writeUInt32BE(60_000, 16)
  png.writeUInt32BE(60_000, 20)
  png.writeUInt32BE(crc32(png.subarray(12, 29)), 29)
  return png
}
