import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readlinkSync } from 'node:fs'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Observation } from '#observe'
import { createTestApp, type TestApp } from '../support/app.ts'

/** Storage behind the door of the network: what bytes go through there, and what a client that leaves leaves behind. */
const mebibyte = 1024 * 1024
const observed: Observation[] = []
const body = randomBytes(9 * mebibyte)

let app: TestApp
let authorization: string
beforeAll(async () => {
  app = await createTestApp({
    files: { 'supabase/config.toml': '' },
    observe: (observation) => observed.push(observation),
  })
  authorization = `Bearer ${app.app.config.keys.serviceRoleKey}`
  await ask('POST', '/bucket', JSON.stringify({ name: 'bucket', public: true }), { 'content-type': 'application/json' })
  await ask('POST', '/object/bucket/large', body)
  const image = sharp({ create: { width: 300, height: 300, channels: 3, background: 'red' } }).png()
  await ask('POST', '/object/bucket/image.png', await image.toBuffer(), { 'content-type': 'image/png' })
})
afterAll(() => app?.close())

async function ask(
  method: string,
  path: string,
  content?: BodyInit | Buffer,
  headers: Record<string, string> = {},
): Promise<Response> {
  const init = { method, headers: { authorization, ...headers }, ...(content && { body: content as BodyInit }) }
  return await fetch(`${app.app.url}/storage/v1${path}`, init)
}

const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer())

/** Files of this app's data folder that this process has open, of which it is the only user. */
function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`)
      return /\/(storage|images)\//.test(path) && path.startsWith(app.app.config.dataFolder) ? [path] : []
    } catch {
      return []
    }
  })
}

describe('bytes', () => {
  const form = () => {
    const form = new FormData()
    form.set('', new Blob([body]))
    return form
  }
  test.each<[what: string, method: string, path: string, content: () => BodyInit | Buffer]>([
    ['a body', 'POST', '/object/bucket/one', () => body],
    ['a form', 'POST', '/object/bucket/two', form],
    ['a body over another', 'PUT', '/object/bucket/one', () => body],
    ['a stream', 'POST', '/object/bucket/three', () => new Blob([body]).stream()],
  ])('of %s come back as they were', async (_what, method, path, content) => {
    const duplex = { duplex: 'half' } as RequestInit
    const init = { method, headers: { authorization }, body: content() as BodyInit, ...duplex }
    expect((await fetch(`${app.app.url}/storage/v1${path}`, init)).status).toBe(200)
    expect((await bytesOf(await ask('GET', path))).equals(body)).toBe(true)
  })

  test.each([
    [0, 0],
    [262_143, 262_144],
    [1_000_000, 9 * mebibyte - 1],
  ])('from %i to %i are those of the range', async (first, last) => {
    const response = await ask('GET', '/object/public/bucket/large', undefined, { range: `bytes=${first}-${last}` })
    expect([response.status, response.headers.get('content-length')]).toEqual([206, String(last - first + 1)])
    expect((await bytesOf(response)).equals(body.subarray(first, last + 1))).toBe(true)
  })

  test('of twenty downloads at once are each their own', async () => {
    const contents = Array.from({ length: 20 }, (_, i) => Buffer.alloc(700_000 + i, i))
    await Promise.all(contents.map((content, i) => ask('POST', `/object/bucket/many-${i}`, content)))
    const answers = contents.map(async (_, i) => await bytesOf(await ask('GET', `/object/bucket/many-${i}`)))
    const read = await Promise.all(answers)
    expect(read.map((answer, i) => answer.equals(contents[i] ?? Buffer.alloc(0)))).toEqual(contents.map(() => true))
  })
})

describe('no file stays open', () => {
  test.each<[what: string, method: string, path: string, headers: Record<string, string>]>([
    ['a download', 'GET', '/object/public/bucket/large', {}],
    ['a range', 'GET', '/object/public/bucket/large', { range: 'bytes=0-5000000' }],
    ['an image', 'GET', '/render/image/public/bucket/image.png?width=200', {}],
    ['its headers', 'HEAD', '/object/public/bucket/large', {}],
    ['the headers of a range', 'HEAD', '/object/public/bucket/large', { range: 'bytes=0-9' }],
    ['the headers of an image', 'HEAD', '/render/image/public/bucket/image.png?width=200', {}],
    ['the headers of a range of an image', 'HEAD', '/render/image/public/bucket/image.png', { range: 'bytes=0-9' }],
    ['what the client has', 'GET', '/object/public/bucket/large', { 'if-none-match': '*' }],
    ['a range that is none', 'GET', '/object/public/bucket/large', { range: 'bytes=9-1' }],
    ['a condition that fails', 'GET', '/object/public/bucket/large', { 'if-match': '"x"' }],
  ])('after %s, whenever its client leaves', async (_what, method, path, headers) => {
    const url = `${app.app.url}/storage/v1${path}`
    const leave = async (when: 'at once' | 'with the head' | 'in the middle' | 'never') => {
      const asked = httpRequest(url, { method, headers }).end()
      asked.on('error', () => {})
      if (when === 'at once') await once(asked, 'finish')
      else {
        const [answer] = (await once(asked, 'response')) as [IncomingMessage]
        answer.on('error', () => {})
        if (when === 'in the middle') await Promise.race([once(answer, 'data'), once(answer, 'end')])
        if (when === 'never') await answer.resume().toArray()
      }
      asked.destroy()
    }
    for (const when of ['at once', 'with the head', 'in the middle', 'never'] as const) {
      await Promise.all(Array.from({ length: 5 }, () => leave(when)))
    }
    await expect.poll(openFiles).toEqual([])
    expect((await fetch(`${app.app.url}/health`)).status).toBe(200)
  })
})

test('a short upload that is refused unread is told why, however slowly it comes', async () => {
  const url = `${app.app.url}/storage/v1/object/nowhere/short`
  const headers = { authorization, 'content-length': '300000' }
  const answers = Array.from({ length: 10 }, async () => {
    const asked = httpRequest(url, { method: 'POST', headers })
    const answered = once(asked, 'response')
    for (let sent = 0; sent < 300_000; sent += 10_000) {
      await new Promise((resolve) => asked.write(Buffer.alloc(10_000), resolve))
      await new Promise((resolve) => setImmediate(resolve))
    }
    asked.end()
    const [answer] = (await answered) as [IncomingMessage]
    return JSON.parse(String(Buffer.concat(await answer.toArray())))
  })
  for (const answer of answers) expect(await answer).toMatchObject({ statusCode: '404', message: 'Bucket not found' })
})

test('a client that leaves in the middle of a body is no failure of the service', async () => {
  const half = async (method: string, path: string) => {
    const headers = { authorization, 'content-length': '1000000', 'content-type': 'application/json' }
    const asked = httpRequest(`${app.app.url}/storage/v1${path}`, { method, headers })
    asked.on('error', () => {})
    asked.write('{"pre')
    await once(asked, 'socket')
    const before = observed.length
    asked.flushHeaders()
    expect((await fetch(`${app.app.url}/health`)).status).toBe(200)
    asked.destroy()
    await expect
      .poll(() => observed.slice(before).some((each) => each.kind === 'request' && each.route === 'storage'))
      .toBe(true)
  }
  const before = observed.length
  await half('POST', '/object/list/bucket')
  await half('POST', '/object/bucket/half')
  await half('DELETE', '/object/bucket')
  await half('POST', '/bucket')
  expect(observed.slice(before).filter((each) => each.kind === 'message' && each.level === 'error')).toEqual([])
  expect((await ask('GET', '/object/bucket/half')).status).toBe(400)
})
