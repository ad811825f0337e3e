import { createHash, randomBytes } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { admin, openStorage, type StorageFixture } from './storage-fixture.ts'

const mebibyte = 1024 * 1024
let storage: StorageFixture
let url: string
let headers: Record<string, string>
beforeAll(async () => {
  storage = await openStorage({ fileSizeLimit: 100 * mebibyte })
  const client = await storage.as(admin)
  await client.createBucket('bucket')
  await client.createBucket('small', { public: false, fileSizeLimit: mebibyte })
  url = await storage.listen()
  headers = { authorization: `Bearer ${await storage.token(admin)}` }
})
afterAll(() => storage[Symbol.asyncDispose]())

/** A body of so many chunks of a mebibyte; `between` is awaited before each. */
function chunks(
  count: number,
  chunk: Uint8Array,
  between: (sent: number) => unknown = () => {},
): ReadableStream<Uint8Array> {
  let sent = 0
  return new ReadableStream({
    async pull(controller) {
      await between(sent)
      if (sent++ < count) controller.enqueue(chunk)
      else controller.close()
    },
  })
}

async function bytesOnDisk(): Promise<number> {
  const sizes = await Promise.all((await storage.files()).map(async (file) => (await stat(file)).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** The body as the file of a multipart form. */
function form(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const head = '--b\r\nContent-Disposition: form-data; name=""; filename="f"\r\nContent-Type: image/png\r\n\r\n'
  const parts = (async function* () {
    yield Buffer.from(head)
    yield* body
    yield Buffer.from('\r\n--b--\r\n')
  })()
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await parts.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
  })
}

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** Bytes of buffers that someone still holds. */
function heldBytes(): number {
  collectGarbage()
  return process.memoryUsage().arrayBuffers
}

describe('over HTTP', () => {
  test.each<[what: string, type: string, wrap: (body: ReadableStream<Uint8Array>) => ReadableStream<Uint8Array>]>([
    ['a body', 'image/png', (body) => body],
    ['a form', 'multipart/form-data; boundary=b', form],
  ])('%s of 64 MiB goes to disk as it comes and back, without being held', async (what, type, wrap) => {
    const chunk = randomBytes(mebibyte)
    const hash = createHash('md5')
    for (let i = 0; i < 64; i++) hash.update(chunk)
    const before = await bytesOnDisk()
    const idle = heldBytes()
    let peak = 0
    const body = chunks(64, chunk, async (sent) => {
      if (sent % 8 === 0) peak = Math.max(peak, heldBytes())
      // Most of what was sent must have arrived before more is.
      if (sent === 32) await expect.poll(bytesOnDisk).toBeGreaterThan(before + 24 * mebibyte)
    })
    const init = {
      method: 'POST',
      body: wrap(body),
      duplex: 'half' as const,
      headers: { ...headers, 'content-type': type },
    }
    const uploaded = await fetch(`${url}/storage/v1/object/bucket/${what}`, init)
    expect(await uploaded.json()).toMatchObject({ Key: `bucket/${what}` })
    expect(peak - idle).toBeLessThan(32 * mebibyte)

    const response = await fetch(`${url}/storage/v1/object/bucket/${what}`, { headers })
    expect(response.headers.get('content-type')).toBe('image/png')
    const received = createHash('md5')
    for await (const part of response.body ?? []) received.update(part)
    expect(`"${received.digest('hex')}"`).toBe(response.headers.get('etag'))
    expect(response.headers.get('etag')).toBe(`"${hash.digest('hex')}"`)
  })

  test.each<[what: string, type: string, wrap: (body: ReadableStream<Uint8Array>) => ReadableStream<Uint8Array>]>([
    ['a body', 'image/png', (body) => body],
    ['a form', 'multipart/form-data; boundary=b', form],
  ])('%s without an end is cut off where the limit is', async (_what, type, wrap) => {
    const before = await storage.files()
    let sent = 0
    const body = wrap(
      chunks(Number.POSITIVE_INFINITY, new Uint8Array(64 * 1024), (count) => {
        sent = count
      }),
    )
    const { status, text } = await send('/storage/v1/object/small/endless', { ...headers, 'content-type': type }, body)
    expect(status).toBe(400)
    expect(JSON.parse(text)).toMatchObject({ statusCode: '413', error: 'Payload too large' })
    expect(sent).toBeLessThan(20_000)
    await expect.poll(() => storage.files()).toEqual(before)
  })

  test('a body that says it is too large is not read', async () => {
    const { status, text } = await send(
      '/storage/v1/object/small/declared',
      { ...headers, 'content-length': String(50 * mebibyte) },
      new Blob(['x']).stream(),
      { hold: true },
    )
    expect(status).toBe(400)
    expect(JSON.parse(text)).toMatchObject({ statusCode: '413' })
  })

  test.each<[what: string, type: string, wrap: (body: ReadableStream<Uint8Array>) => ReadableStream<Uint8Array>]>([
    ['a body', 'image/png', (body) => body],
    ['a form', 'multipart/form-data; boundary=b', form],
  ])('%s that the client breaks off leaves nothing', async (_what, type, wrap) => {
    const before = await storage.files()
    const abort = new AbortController()
    const body = chunks(Number.POSITIVE_INFINITY, new Uint8Array(mebibyte), async (sent) => {
      if (sent < 4) return
      await expect.poll(() => storage.files()).toHaveLength(before.length + 1)
      abort.abort()
    })
    const init = {
      method: 'POST',
      body: wrap(body),
      duplex: 'half' as const,
      headers: { ...headers, 'content-type': type },
    }
    await expect(fetch(`${url}/storage/v1/object/bucket/aborted`, { ...init, signal: abort.signal })).rejects.toThrow()
    await expect.poll(() => storage.files()).toEqual(before)
    expect((await (await storage.as(admin)).from('bucket').info('aborted')).error).toMatchObject({ statusCode: '404' })
  })

  test('a download that the client breaks off closes its file', async () => {
    await (await storage.as(admin)).from('bucket').upload('long', Buffer.alloc(8 * mebibyte))
    const response = await fetch(`${url}/storage/v1/object/bucket/long`, { headers })
    const reader = response.body?.getReader()
    await reader?.read()
    await reader?.cancel()
    expect((await (await storage.as(admin)).from('bucket').remove(['long'])).error).toBeNull()
  })
})

/** Sends a body as it comes until the answer is there; fetch would wait for the body's end, or fail. */
function send(
  path: string,
  headers: Record<string, string>,
  body: ReadableStream<Uint8Array>,
  { hold = false } = {},
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    let answered = false
    const request = httpRequest(`${url}${path}`, { method: 'POST', headers }, async (response) => {
      answered = true
      let text = ''
      for await (const part of response) text += part
      resolve({ status: response.statusCode ?? 0, text })
      request.destroy()
    })
    request.on('error', (error) => {
      if (!answered) reject(error)
    })
    pipeline(Readable.from(body), request, { end: !hold }).catch(() => {})
  })
}
