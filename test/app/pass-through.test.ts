import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { createTestApp, type TestApp } from '../support/app.ts'
import { cloneDatabase, type TestDatabase } from '../support/database.ts'
import { exchange } from '../support/exchange.ts'
import { startUpstream, type Upstream } from './upstream.ts'

let upstream: Upstream
let database: TestDatabase
let front: TestApp
const secretKey = 'sb_secret_of_the_gateway'

beforeAll(async () => {
  ;[upstream, database] = await Promise.all([startUpstream(), cloneDatabase()])
  front = await createFront()
})
afterAll(async () => {
  await front?.close()
  await upstream?.close()
  await database?.drop()
})

/** A gateway that clients call by a name of its own, as one behind a load balancer is. */
function createFront(): Promise<TestApp> {
  const { socketFolder, port } = inject('postgres')
  return createTestApp({
    files: { 'supabase/config.toml': '[api]\nexternal_url = "https://api.example.com"\n' },
    env: {
      SUPABASE_URL: upstream.url,
      SUPABASE_PUBLISHABLE_KEY: 'sb_publishable_of_the_project',
      SUPABASE_SECRET_KEY: secretKey,
      DATABASE_URL: `postgresql://authenticator@localhost:${port}/${database.name}?host=${socketFolder}`,
    },
  })
}

const port = () => front.app.config.http.port

async function send(
  path: string,
  {
    method = 'GET',
    headers = {},
    body = '',
  }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<IncomingMessage & { text: string }> {
  const sent = request({ port: port(), path, method, headers })
  sent.end(body)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  return Object.assign(response, { text: await text(response) })
}

async function graphql(query: string): Promise<{ data?: unknown; errors?: unknown[] }> {
  const headers = { 'content-type': 'application/json' }
  const { text: body } = await send('/graphql/v1', { method: 'POST', headers, body: JSON.stringify({ query }) })
  return JSON.parse(body)
}

/** Writes bytes as they are, and reads until the server closes. */
const sendRaw = (bytes: string) => exchange(port(), bytes)

describe('paths', () => {
  test.each([
    ['/rest/v1/notes?select=*&id=eq.1', '/base/rest/v1/notes?select=*&id=eq.1'],
    ['/auth/v1/token?grant_type=password', '/base/auth/v1/token?grant_type=password'],
    ['/storage/v1/object/public/a/b%20c%2Fd.jpg', '/base/storage/v1/object/public/a/b%20c%2Fd.jpg'],
    ['/functions/v1/hello/deeper', '/base/functions/v1/hello/deeper'],
    ['/realtime/v1/api/tenants', '/base/realtime/v1/api/tenants'],
  ])('%s', async (path, expected) => {
    expect(JSON.parse((await send(path)).text)).toEqual({ path: expected })
  })

  test.each([
    '/pg/meta',
    '/rest/v10/notes',
    '/rest/v1/../../pg',
    '/rest/v1/%2e%2e/%2E./pg',
    '/rest/v1/..%2f..%2fpg',
    '/rest/v1/..\\..\\pg',
    '/rest/v1/..',
    'http://internal/rest/v1/notes',
    '//internal/rest/v1/notes',
  ])('%s is nobody’s', async (path) => {
    const before = upstream.seen.length
    const { statusCode } = await send(path)
    expect([404, 400]).toContain(statusCode)
    expect(upstream.seen.length).toBe(before)
  })
})

describe('what the other side sees', () => {
  const headersOf = async (headers: Record<string, string>, path = '/rest/v1/notes') => {
    await send(path, { headers })
    return upstream.seen.at(-1)?.headers ?? {}
  }

  test('keys, tokens and the client’s own headers, as they are', async () => {
    const given = { apikey: 'sb_publishable_of_the_project', authorization: 'Bearer a.b.c', prefer: 'count=exact' }
    expect(await headersOf(given)).toMatchObject(given)
    expect(await headersOf({})).not.toHaveProperty('authorization')
  })

  test('the way the request took, which no client makes up', async () => {
    const made = {
      'x-forwarded-for': '10.0.0.1',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'gopher',
      'x-forwarded-port': '1',
      'x-real-ip': '10.0.0.1',
      forwarded: 'for=10.0.0.1',
    }
    const seen = await headersOf(made)
    expect(seen).toMatchObject({
      host: new URL(upstream.url).host,
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': 'api.example.com',
      'x-forwarded-proto': 'https',
      'x-forwarded-port': '443',
    })
    expect([seen.forwarded, seen['x-real-ip']]).toEqual([undefined, undefined])
    expect((await headersOf({}))['x-forwarded-for']).toBe('127.0.0.1')
  })

  test('nothing that is between the client and the gateway', async () => {
    const seen = await headersOf({
      connection: 'keep-alive, x-hop',
      'x-hop': 'mine',
      'keep-alive': 'timeout=9',
      te: 'trailers',
      'proxy-authorization': 'Basic xyz',
      'x-end': 'yours',
    })
    expect(Object.keys(seen)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(x-hop|te|keep-alive|proxy-.*)$/)]),
    )
    expect(seen['x-end']).toBe('yours')
  })

  test('the id under which the request is logged', async () => {
    const { headers } = await send('/rest/v1/hop', { headers: { 'x-request-id': 'mine-1' } })
    expect([upstream.seen.at(-1)?.headers['x-request-id'], headers['x-request-id']]).toEqual(['mine-1', 'mine-1'])
  })

  test('an offer of HTTP/2 is no upgrade', async () => {
    const offer = {
      connection: 'Upgrade, HTTP2-Settings',
      upgrade: 'h2c',
      'http2-settings': 'AAMAAABkAARAAAAAAAIAAAAA',
    }
    const { statusCode } = await send('/rest/v1/notes', { headers: offer })
    expect([statusCode, upstream.seen.at(-1)?.headers]).toEqual([200, expect.not.objectContaining({ upgrade: 'h2c' })])
  })
})

describe('what comes back', () => {
  test.each([200, 201, 204, 206, 304, 400, 401, 409, 416, 500, 503, 546])('status %i', async (status) => {
    const { statusCode, text: body } = await send(`/rest/v1/status/${status}`)
    expect([statusCode, body]).toEqual([status, status === 204 || status === 304 ? '' : '{"code":"PGRST000"}'])
  })

  test('headers, each once, without those of the connection', async () => {
    const { headers, rawHeaders, text: body } = await send('/rest/v1/hop')
    expect(body).toBe('hop')
    expect(headers).toMatchObject({ 'x-end': 'yours', 'set-cookie': ['a=1', 'b=2'], connection: 'keep-alive' })
    expect([headers['x-hop'], headers['proxy-authenticate'], headers['keep-alive']]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    const named = rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase())
    expect(named.filter((name) => name === 'access-control-allow-origin')).toHaveLength(1)
  })

  test.each([
    ['https://accounts.example.com/o?x=1', 'https://accounts.example.com/o?x=1'],
    ['/elsewhere', '/elsewhere'],
    ['UPSTREAM/storage/v1/upload/1', 'https://api.example.com/storage/v1/upload/1'],
    ['UPSTREAM-BY-TLS/storage/v1/upload/1?a=%2F', 'https://api.example.com/storage/v1/upload/1?a=%2F'],
    ['http://api.example.com/storage/v1/upload/1', 'https://api.example.com/storage/v1/upload/1'],
    ['http://api.example.com/welcome#access_token=a', 'http://api.example.com/welcome#access_token=a'],
    ['myapp://back?code=1', 'myapp://back?code=1'],
  ])('a redirect to %s is the client’s to follow', async (location, expected) => {
    const before = upstream.seen.length
    const byTls = upstream.url.replace('http:', 'https:')
    const to = encodeURIComponent(location.replace('UPSTREAM-BY-TLS', byTls).replace('UPSTREAM', upstream.url))
    const { statusCode, headers } = await send(`/auth/v1/location/${to}`)
    expect([statusCode, headers.location, upstream.seen.length]).toEqual([302, expected, before + 1])
  })

  test('bytes as soon as they are there', async () => {
    const sent = request({ port: port(), path: '/rest/v1/halves' }).end()
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    expect(String((await once(response, 'data'))[0])).toBe('one ')
    upstream.go()
    expect(await text(response)).toBe('two')
  })

  test('a broken answer is broken, and not a short one', async () => {
    await expect(send('/rest/v1/cut')).rejects.toThrow(/aborted/)
  })

  test('to a client that wants to be left', async () => {
    expect(await sendRaw('GET /rest/v1/notes HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1.1 200 /,
    )
    expect(await sendRaw('GET /rest/v1/notes HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1.1 200 /)
  })
})

describe('uploads', () => {
  test('go on while they come in', async () => {
    const [head, rest] = [randomBytes(1000), randomBytes(30 * 1024 * 1024)]
    const sent = request({ port: port(), path: '/storage/v1/upload', method: 'POST' })
    sent.write(head)
    await upstream.begun
    sent.end(rest)
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    const sha256 = createHash('sha256').update(head).update(rest).digest('hex')
    expect(JSON.parse(await text(response))).toEqual({ size: head.length + rest.length, sha256 })
  })

  test('that are refused early', async () => {
    const sent = request({
      port: port(),
      path: '/storage/v1/early',
      method: 'POST',
      headers: { 'content-length': 1e9 },
    })
    sent.on('error', () => {})
    sent.write('the first of a billion')
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    expect([response.statusCode, response.headers.connection]).toEqual([413, 'close'])
    sent.destroy()
  })

  test.each([
    [
      'two lengths',
      'POST /rest/v1/x HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a length that is none', 'POST /rest/v1/x HTTP/1.1\r\nhost: a\r\ncontent-length: 4x\r\n\r\nabcd'],
    ['an unknown coding', 'POST /rest/v1/x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked, x\r\n\r\n0\r\n\r\n'],
  ])('with %s are nobody’s', async (_name, bytes) => {
    const before = upstream.seen.length
    expect(await sendRaw(bytes)).toMatch(/^HTTP\/1.1 400 /)
    expect(upstream.seen.length).toBe(before)
  })

  test('a body where none is usual stays inside its request', async () => {
    const smuggled = 'GET /pg HTTP/1.1\r\nhost: a\r\n\r\n'
    const before = upstream.seen.length
    const chunk = `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`
    const answer = await sendRaw(
      `GET /rest/v1/notes HTTP/1.1\r\nhost: a\r\nconnection: close, transfer-encoding\r\ntransfer-encoding: chunked\r\n\r\n${chunk}`,
    )
    expect(answer).toMatch(/^HTTP\/1.1 200 /)
    expect(upstream.seen.slice(before).map(({ url }) => url)).toEqual(['/base/rest/v1/notes'])
  })
})

describe('WebSockets', () => {
  const open = (path: string) =>
    new WebSocket(`ws://127.0.0.1:${port()}${path}`, { headers: { 'x-forwarded-for': '10.0.0.1' } })

  test('carry text and bytes both ways, and say goodbye', async () => {
    const socket = open('/realtime/v1/websocket?apikey=k&vsn=1.0.0')
    await once(socket, 'open')
    expect(upstream.seen.at(-1)).toMatchObject({
      method: 'upgrade',
      url: '/base/realtime/v1/websocket?apikey=k&vsn=1.0.0',
      headers: {
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-host': 'api.example.com',
        upgrade: 'websocket',
      },
    })
    socket.send('hello')
    expect(String((await once(socket, 'message'))[0])).toBe('hello')
    const bytes = randomBytes(1024 * 1024)
    socket.send(bytes)
    expect(bytes.equals((await once(socket, 'message'))[0] as Buffer)).toBe(true)
    socket.send('bye')
    const [code, reason] = (await once(socket, 'close')) as [number, Buffer]
    expect([code, String(reason)]).toEqual([4000, 'so long'])
  })

  test.each([
    ['/realtime/v1/refuse', 403],
    ['/graphql/v2', 404],
    ['/realtime/v1/../../pg', 404],
  ])('%s: %i', async (path, status) => {
    const sent = request({
      ...{ port: port(), path },
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
        'sec-websocket-version': '13',
      },
    }).end()
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    expect(response.statusCode).toBe(status)
    response.destroy()
  })

  test('do not hold up the end', async () => {
    const second = await createFront()
    const socket = new WebSocket(`ws://127.0.0.1:${second.app.config.http.port}/realtime/v1/websocket`)
    await once(socket, 'open')
    const gone = once(socket, 'close')
    // No time passes by which it would be cut off.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    await second.close()
    await gone
  })
})

describe('the secret key', () => {
  test('stays here, whoever asks', async () => {
    upstream.seen.length = 0
    await graphql('{ viewer { id } storageObjects(bucket: "files") { name } }')
    await graphql(
      'mutation { invokeFunction(name: "hello") signInWithPassword(email: "a@b.c", password: "x") { user { id } } }',
    )
    await send('/health')
    expect(upstream.seen.length).toBeGreaterThan(3)
    expect(JSON.stringify(upstream.seen)).not.toContain(secretKey)
    expect(JSON.stringify([front.app.facts, (await send('/nothing')).text])).not.toContain(secretKey)
  })
})

describe('when nobody is there', () => {
  beforeAll(() => upstream.close())

  test('a request is told, in a way that a browser may read', async () => {
    const { statusCode, headers, text: body } = await send('/rest/v1/notes')
    expect([statusCode, headers['access-control-allow-origin']]).toEqual([502, '*'])
    expect(JSON.parse(body)).toEqual({ code: 'BAD_GATEWAY', message: 'The managed service cannot be reached.' })
  })

  test('a WebSocket, too', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port()}/realtime/v1/websocket`)
    const [error] = (await once(socket, 'error').catch((e) => [e])) as [Error]
    expect(error.message).toBe('Unexpected server response: 502')
  })

  test('the gateway is not ready', async () => {
    expect((await send('/health')).statusCode).toBe(503)
  })

  test('the services’ fields say so, the tables’ answer', async () => {
    const { data, errors } = await graphql('{ storageObjects(bucket: "files") { name } }')
    expect([data ?? null, errors?.length]).toEqual([null, 1])
    expect((await graphql('{ __typename }')).data).toEqual({ __typename: 'Query' })
  })
})
