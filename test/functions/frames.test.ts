import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { alive, serveFunctions, signToken, type TestFunctions, until } from './test-functions.ts'

const files = {
  'mirror/index.ts': `
    Deno.serve(async (request) => {
      const { method, url } = request
      const body = await request.text()
      if (body.length % 3 === 0) await new Promise((resolve) => setTimeout(resolve, body.length % 7))
      return Response.json({ method, url, headers: [...request.headers], body, hasBody: request.body !== null })
    })`,
  'answers/index.ts': `
    const answers = {
      text: () => new Response('Grüße'),
      empty: () => new Response(),
      'empty-text': () => new Response(''),
      bytes: () => new Response(new Uint8Array([0, 1, 254, 255])),
      long: () => new Response('ü'.repeat(300_000)),
      json: () => Response.json({ a: 1 }, { status: 201 }),
      'no-content': () => new Response(null, { status: 204 }),
      'not-modified': () => new Response(null, { status: 304, headers: { etag: '"1"' } }),
      cookies: () => new Response('x', { headers: [['set-cookie', 'a=1'], ['set-cookie', 'b=2; Path=/'], ['x-byte', 'caf\\u00e9']] }),
      'says-less': () => new Response('four', { headers: { 'content-length': '2' } }),
      'stream-says-less': () => new Response(streamOf('four'), { headers: { 'content-length': '2' } }),
      'stream-says-more': () => new Response(streamOf('four'), { headers: { 'content-length': '20' } }),
      'stream-says-nothing': () => new Response(streamOf(), { headers: { 'content-length': '20' } }),
      'no-bytes': () => new Response(new ReadableStream({ start: (stream) => stream.enqueue('text') })),
      'read-before': async () => { const response = new Response('x'); await response.text(); return response },
      control: () => new Response('x', { headers: { 'x-a': 'a\\u0001b' } }),
      'control-stream': () => new Response(streamOf('x'), { headers: { 'x-a': 'a\\u0001b' } }),
      'long-head': () => new Response('x', { headers: { 'x-a': 'a'.repeat(70_000) } }),
      error: () => Response.error(),
    }
    const streamOf = (...texts) => ReadableStream.from(texts).pipeThrough(new TextEncoderStream())
    Deno.serve((request) => answers[new URL(request.url).pathname.split('/')[2]]())`,
  'streams/index.ts': `
    const pieces = 1_000
    let made = 0
    let left = 0
    Deno.serve((request) => {
      const path = new URL(request.url).pathname.split('/')[2]
      if (path === 'made') return Response.json({ made, left })
      made = 0
      return new Response(new ReadableStream({
        pull(stream) {
          if (made++ < pieces) stream.enqueue(new Uint8Array(40_000).fill(made))
          else stream.close()
        },
        cancel() { left++ },
      }, { highWaterMark: 0 }), { headers: { 'content-type': 'text/event-stream' } })
    })`,
  'leaves/index.ts': `
    Deno.serve((request, info) => new Promise(() => {
      const signals = { own: request.signal, clone: request.clone().signal, copy: new Request(request).signal }
      for (const [name, signal] of Object.entries(signals)) signal.onabort = () => console.log('left ' + name)
      info.completed.catch(() => console.log('not completed'))
      console.log('begun')
    }))`,
  'killed/index.ts': `
    Deno.serve((request) => request.method === 'POST'
      ? new Response(new ReadableStream({ start: (stream) => stream.enqueue(new TextEncoder().encode('some')) }))
      : Response.json(Deno.pid))`,
  'hostile/index.ts': `
    import { Buffer } from 'node:buffer'
    import net from 'node:net'
    Deno.serve(async (request) => {
      const { bytes } = await request.json()
      if (bytes === undefined) return Response.json(Deno.pid)
      for (let fd = 3; fd < 100; fd++) {
        try { new net.Socket({ fd }).on('error', () => {}).write(Buffer.from(bytes)) } catch {}
      }
      await new Promise(() => {})
    })`,
  'neighbour/index.ts': `Deno.serve(() => new Response('fine'))`,
}

let functions: TestFunctions
beforeAll(async () => {
  functions = await serveFunctions(files, { limits: { responseMs: 3_000 } })
})
afterAll(() => functions[Symbol.asyncDispose]())

test('a hundred calls at a time each get their own answer', async () => {
  const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']
  await Promise.all(
    Array.from({ length: 100 }, async (_, n) => {
      const method = methods[n % methods.length] ?? ''
      const body = method === 'GET' ? undefined : `${n}:`.repeat(n * 5)
      const response = await functions.call(`mirror/${n}?n=${n}`, {
        method,
        headers: { 'x-n': `${n}` },
        ...(body && { body }),
      })
      const seen = await response.json()
      expect(seen).toMatchObject({
        method,
        url: `${functions.origin}/mirror/${n}?n=${n}`,
        body: body ?? '',
        hasBody: Boolean(body),
      })
      expect(seen.headers).toContainEqual(['x-n', `${n}`])
    }),
  )
})

test('headers keep their bytes, and those of one name are one', async () => {
  const authorization = `authorization: Bearer ${await signToken()}`
  const lines = ['GET /functions/v1/mirror HTTP/1.1', 'host: evil.example', 'connection: close', authorization]
  const answer = await raw([...lines, 'X-Byte: caf\xe9', 'x-empty:', 'Accept: a', 'accept: b'])
  const { headers, url } = JSON.parse(/\{.*\}/.exec(answer)?.[0] ?? '')
  expect(url).toBe(`${functions.origin}/mirror`)
  expect(Object.fromEntries(headers)).toMatchObject({ 'x-byte': 'café', 'x-empty': '', accept: 'a, b' })
})

describe('an answer', () => {
  test.each([
    ['text', 200, 'Grüße', { 'content-length': '7', 'content-type': 'text/plain;charset=UTF-8' }],
    ['empty', 200, '', {}],
    ['empty-text', 200, '', { 'content-length': '0' }],
    ['bytes', 200, '\u0000\u0001\ufffd\ufffd', { 'content-length': '4', 'content-type': null }],
    ['long', 200, 'ü'.repeat(300_000), { 'content-length': '600000' }],
    ['json', 201, '{"a":1}', { 'content-length': '7', 'content-type': 'application/json' }],
    ['no-content', 204, '', { 'content-length': null }],
    ['not-modified', 304, '', { etag: '"1"' }],
    ['cookies', 200, 'x', { 'x-byte': 'café' }],
    ['says-less', 200, 'four', { 'content-length': '4' }],
    ['read-before', 500, 'Internal Server Error', { 'sb-error-code': 'EDGE_FUNCTION_ERROR' }],
  ])('%s: %i', async (name, status, body, headers) => {
    const response = await functions.call(`answers/${name}`)
    expect([response.status, await response.text()]).toEqual([status, body])
    for (const [header, value] of Object.entries(headers))
      expect([header, response.headers.get(header)]).toEqual([header, value])
    if (name === 'cookies') expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2; Path=/'])
  })

  test.each([
    ['text', 200, '7'],
    ['long', 200, '600000'],
    ['no-content', 204, null],
    ['stream-says-more', 200, '20'],
  ])('%s to HEAD: %i with a length of %s, and no body', async (name, status, length) => {
    const response = await functions.call(`answers/${name}`, { method: 'HEAD' })
    expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([
      status,
      length,
      '',
    ])
  })

  test.each(['stream-says-less', 'stream-says-more', 'stream-says-nothing', 'no-bytes'])(
    '%s breaks off',
    async (name) => {
      await expect(functions.call(`answers/${name}`).then((response) => response.text())).rejects.toThrow()
      expect((await functions.call('answers/text')).status).toBe(200)
    },
  )

  test.each([
    ['control', 500, 'WORKER_ERROR'],
    ['control-stream', 500, 'WORKER_ERROR'],
    ['long-head', 546, 'WORKER_LIMIT'],
    ['error', 500, 'WORKER_ERROR'],
  ])('%s cannot be handed on: %i %s', async (name, status, code) => {
    const response = await functions.call(`answers/${name}`)
    expect([response.status, await response.json()]).toMatchObject([status, { code }])
    expect((await functions.call('answers/text')).status).toBe(200)
  })
})

test('a client that takes nothing holds what is on its way, and the rest is not made before it does', async () => {
  const authorization = `authorization: Bearer ${await signToken()}`
  const socket = connect(Number(new URL(functions.origin).port), '127.0.0.1')
  socket.write(['GET /functions/v1/streams HTTP/1.0', 'host: a', authorization, '', ''].join('\r\n'))
  await once(socket, 'readable')
  const made = async () => (await (await functions.call('streams/made')).json()).made
  let before = -1
  await until(async () => {
    const last = before
    before = await made()
    return before === last
  })
  expect(before).toBeLessThan(900)
  let size = 0
  for await (const chunk of socket) size += chunk.length
  expect(size).toBeGreaterThan(1_000 * 40_000)
  expect(await made()).toBe(1_001)
})

test('a client that leaves a stream has it cancelled', async () => {
  const before = (await (await functions.call('streams/made')).json()).left
  const response = await functions.call('streams')
  await response.body?.cancel()
  await until(async () => (await (await functions.call('streams/made')).json()).left === before + 1)
})

test('a client that leaves aborts the signal of its request, and of copies', async () => {
  const abort = new AbortController()
  const call = functions.call('leaves', { method: 'POST', body: 'x', signal: abort.signal })
  await until(() => functions.logs().includes('leaves info begun'))
  abort.abort()
  await expect(call).rejects.toThrow()
  const told = ['left own', 'left clone', 'left copy', 'not completed']
  await until(() => told.every((line) => functions.logs().includes(`leaves info ${line}`)))
})

test('a process that is killed in the middle of an answer breaks it off', async () => {
  const pid = await (await functions.call('killed')).json()
  const response = await functions.call('killed', { method: 'POST' })
  const text = response.text()
  process.kill(pid, 'SIGKILL')
  await expect(text).rejects.toThrow()
  expect(await (await functions.call('killed')).json()).not.toBe(pid)
})

describe('a function that writes to every connection it finds', () => {
  const frame = (id: number, kind: number, content: Buffer) => {
    const head = Buffer.alloc(9)
    head.writeUInt32LE(content.length, 0)
    head.writeUInt32LE(id, 4)
    head[8] = kind
    return Buffer.concat([head, content])
  }
  const headed = (text: string, body = '') => {
    const size = Buffer.alloc(4)
    size.writeUInt32LE(text.length)
    return Buffer.concat([size, Buffer.from(text + body)])
  }
  // The calls that warmed the process up had the first numbers.
  const each = (make: (id: number) => Buffer) => Buffer.concat(Array.from({ length: 8 }, (_, n) => make(n)))

  test.each([
    ['garbage', randomBytes(10_000)],
    ['the largest size', Buffer.alloc(64, 0xff)],
    ['answers to no call', frame(4_000_000_000, 2, headed('200'))],
    ['frames of no kind', each((id) => frame(id, 77, Buffer.alloc(0)))],
    ['two heads', each((id) => Buffer.concat([frame(id, 1, headed('200')), frame(id, 1, headed('200'))]))],
    ['a body without a head', each((id) => frame(id, 3, Buffer.alloc(10)))],
    ['heads that end behind their frame', each((id) => frame(id, 2, Buffer.from([255, 255, 255, 255])))],
    ['heads that are none', each((id) => frame(id, 2, headed('200\nx: y\r\nevil', 'x')))],
    ['statuses that are none', each((id) => frame(id, 2, headed('99')))],
    ['headers that split', each((id) => frame(id, 2, headed('200\nx-a\na\r\nset-cookie: evil=1', 'x')))],
    [
      'more than there is room for',
      each((id) => Buffer.concat([frame(id, 1, headed('200')), frame(id, 3, Buffer.alloc(150_000))])),
    ],
  ])('%s: its own call fails, and nothing else', async (_, bytes) => {
    const post = (body: object) => functions.call('hostile', { method: 'POST', body: JSON.stringify(body) })
    const pid = await (await post({})).json()
    const outcome = await post({ bytes: [...bytes] }).then(
      async (response) => [response.status, await response.text()],
      () => ['broken'],
    )
    expect(JSON.stringify(outcome)).not.toContain('evil')
    expect(outcome[0]).not.toBe(200)
    expect(await (await functions.call('neighbour')).text()).toBe('fine')
    const next = await (await post({})).json()
    expect(next).toEqual(expect.any(Number))
    if (next !== pid) await until(() => !alive(pid))
  })
})

/** Sends lines as they are; all that comes back until the connection is closed. */
async function raw(lines: readonly string[]): Promise<string> {
  const socket = connect(Number(new URL(functions.origin).port), '127.0.0.1')
  socket.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  let answer = ''
  for await (const chunk of socket) answer += String(chunk)
  return answer
}
