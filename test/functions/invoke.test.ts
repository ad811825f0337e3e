import { once } from 'node:events'
import { connect } from 'node:net'
import { FunctionsHttpError } from '@supabase/supabase-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { exchange } from '../support/exchange.ts'
import { serveFunctions, signToken, type TestFunctions, until } from './test-functions.ts'

const files = {
  'mirror/index.ts': `
    Deno.serve(async (request: Request) => Response.json({
      url: request.url,
      method: request.method,
      headers: Object.fromEntries(request.headers),
      body: await request.text(),
    }))`,
  'answers/index.ts': `
    const answers: Record<string, (request: Request) => unknown> = {
      json: () => Response.json({ hello: 'world' }),
      text: () => new Response('plain'),
      bytes: () => new Response(new Uint8Array([0, 1, 254, 255])),
      created: () => new Response('made', { status: 201, headers: [['set-cookie', 'a=1'], ['set-cookie', 'b=2']] }),
      empty: () => new Response(null, { status: 204 }),
      redirect: () => new Response(null, { status: 302, headers: { location: 'https://example.com/' } }),
      teapot: () => Response.json({ error: 'short and stout' }, { status: 418 }),
      own500: () => new Response('mine', { status: 500 }),
      throws: () => { throw new Error('no luck') },
      rejects: () => Promise.reject(new Error('no luck')),
      number: () => 42,
      form: async (request) => {
        const form = await request.formData()
        const file = form.get('file') as File
        return Response.json({ name: form.get('name'), file: file.name, type: file.type, content: await file.text() })
      },
      sum: async (request) => {
        let total = 0
        for (const byte of new Uint8Array(await request.arrayBuffer())) total += byte
        return Response.json({ total })
      },
      stream: () => new Response(new ReadableStream({
        async start(stream) {
          for (const part of ['one', 'two', 'three']) {
            stream.enqueue(new TextEncoder().encode('data: ' + part + '\\n\\n'))
            await new Promise((resolve) => setTimeout(resolve, 30))
          }
          stream.close()
        },
      }), { headers: { 'content-type': 'text/event-stream' } }),
      echo: (request) => new Response(request.body),
      endless: () => new Response(new ReadableStream({
        pull: (stream) => new Promise((resolve) => setTimeout(() => resolve(stream.enqueue(new Uint8Array(10))), 10)),
        cancel: () => console.log('stream cancelled'),
      })),
      hang: (request) => new Promise((resolve) => {
        request.signal.addEventListener('abort', () => { console.log('client left'); resolve(new Response()) })
        console.log('hangs')
      }),
    }
    Deno.serve((request) => answers[new URL(request.url).pathname.split('/')[2]](request))`,
  'default-export/index.ts': `export default { fetch: (request: Request) => new Response('by default ' + request.method) }`,
  'std-serve/index.ts': `
    import { serve } from 'https://deno.land/std@0.168.0/http/server.ts'
    serve(() => new Response('by std'), { port: 8000 })`,
  'options/index.tsx': `
    Deno.serve({
      onListen: ({ port }) => console.log('listening', typeof port),
      onError: (error) => new Response('handled ' + error.message, { status: 422 }),
      handler: () => { throw new Error('x') },
    })`,
  'main/index.ts': `import './side.ts'; if (import.meta.main) Deno.serve(() => new Response('main'))`,
  'main/side.ts': `if (import.meta.main) Deno.serve(() => new Response('side'))`,
  'echo-socket/index.ts': `
    Deno.serve((request) => {
      if (request.headers.get('upgrade') !== 'websocket') return new Response('speak WebSocket', { status: 426 })
      const { socket, response } = Deno.upgradeWebSocket(request, { protocol: 'chat' })
      socket.onmessage = ({ data }) => data === 'bye' ? socket.close(4000, 'good bye') : socket.send('echo ' + data)
      return response
    })`,
  'no-socket/index.ts': `
    let requests = 0
    Deno.serve((request) => new Response('request ' + ++requests + ' of ' + new URL(request.url).host))`,
  'dies/index.ts': 'Deno.serve(() => Deno.exit(0))',
  'informed/index.ts': `
    let completed = 0
    Deno.serve((_request, info) => {
      info.completed.then(() => completed++)
      return Response.json({ address: info.remoteAddr, completed })
    })`,
  'refuses-unread/index.js': `Deno.serve(() => new Response('no', { status: 403 }))`,
  'slow-upload/index.js': `
    Deno.serve(async (request) => {
      let size = 0
      for await (const chunk of request.body) size += chunk.length
      return Response.json({ size })
    })`,
}

let functions: TestFunctions
beforeAll(async () => {
  functions = await serveFunctions(files)
})
afterAll(() => functions[Symbol.asyncDispose]())

describe('through supabase-js', () => {
  test.each([
    ['an object', { name: 'Ada' }, '{"name":"Ada"}', 'application/json'],
    ['text', 'Ada', 'Ada', 'text/plain'],
    ['bytes', new TextEncoder().encode('Ada').buffer, 'Ada', 'application/octet-stream'],
    ['a blob', new Blob(['Ada'], { type: 'text/x-name' }), 'Ada', 'text/x-name'],
  ])('sends %s', async (_, body, text, type) => {
    const client = await functions.client()
    const { data, error } = await client.functions.invoke('mirror', { body })
    expect(error).toBeNull()
    expect(data).toMatchObject({ method: 'POST', body: text, url: `${functions.origin}/mirror` })
    expect(data.headers['content-type']).toBe(type)
  })

  test('sends a form with a file', async () => {
    const body = new FormData()
    body.set('name', 'Ada')
    body.set('file', new File(['diary'], 'diary.txt', { type: 'text/plain' }))
    const { data } = await (await functions.client()).functions.invoke('answers/form', { body })
    expect(data).toEqual({ name: 'Ada', file: 'diary.txt', type: 'text/plain', content: 'diary' })
  })

  test('passes headers, region, sub-path and query on', async () => {
    const client = await functions.client()
    const { data } = await client.functions.invoke('mirror/deep/path?a=1&a=2', {
      method: 'PATCH',
      region: 'eu-west-1' as never,
      headers: { 'x-custom': 'yes' },
    })
    const url = new URL(data.url)
    expect(url.pathname).toBe('/mirror/deep/path')
    expect(url.searchParams.getAll('a')).toEqual(['1', '2'])
    expect(data.headers).toMatchObject({ 'x-custom': 'yes', 'x-region': 'eu-west-1' })
    expect(data.headers.authorization).toMatch(/^Bearer ey/)
    expect(data.headers.host).toBe(new URL(functions.origin).host)
  })

  test.each([
    ['json', { hello: 'world' }],
    ['text', 'plain'],
  ])('receives %s', async (path, expected) => {
    const { data } = await (await functions.client()).functions.invoke(`answers/${path}`)
    expect(data).toEqual(expected)
  })

  test('receives an error response with its body', async () => {
    const { data, error } = await (await functions.client()).functions.invoke('answers/teapot')
    expect(data).toBeNull()
    expect(error).toBeInstanceOf(FunctionsHttpError)
    expect(error.context.status).toBe(418)
    expect(await error.context.json()).toEqual({ error: 'short and stout' })
  })

  test('receives events while they are sent', async () => {
    const { data } = await (await functions.client()).functions.invoke('answers/stream')
    const parts: string[] = []
    for await (const chunk of data.body.pipeThrough(new TextDecoderStream())) parts.push(chunk)
    expect(parts.join('')).toBe('data: one\n\ndata: two\n\ndata: three\n\n')
    expect(parts.length).toBeGreaterThan(1)
  })
})

describe('over HTTP', () => {
  test.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('%s reaches the function', async (method) => {
    const response = await functions.call('mirror', { method })
    expect(response.status).toBe(200)
    if (method !== 'HEAD') expect(await response.json()).toMatchObject({ method, body: '' })
  })

  test.each([
    ['created', 201, 'made', null],
    ['empty', 204, '', null],
    ['redirect', 302, '', null],
    ['own500', 500, 'mine', 'EDGE_FUNCTION_ERROR'],
    ['throws', 500, 'Internal Server Error', 'EDGE_FUNCTION_ERROR'],
    ['rejects', 500, 'Internal Server Error', 'EDGE_FUNCTION_ERROR'],
    ['number', 502, 'Bad Gateway', 'EDGE_FUNCTION_ERROR'],
  ])('%s answers %i', async (path, status, body, code) => {
    const response = await functions.call(`answers/${path}`, { redirect: 'manual' })
    expect([response.status, await response.text(), response.headers.get('sb-error-code')]).toEqual([
      status,
      body,
      code,
    ])
  })

  test('keeps repeated headers apart and drops those of the connection', async () => {
    const response = await functions.call('answers/created', { headers: { te: 'trailers' } })
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    const { headers } = await (await functions.call('mirror', { headers: { te: 'trailers' } })).json()
    expect(headers).not.toHaveProperty('te')
  })

  test('a function learns when its response is complete, and nothing of our socket', async () => {
    const ask = async () => (await functions.call('informed')).json()
    expect(await ask()).toEqual({ address: { transport: 'tcp', hostname: '127.0.0.1', port: 0 }, completed: 0 })
    await until(async () => (await ask()).completed > 0)
  })

  test('bytes come back unchanged', async () => {
    const bytes = new Uint8Array(await (await functions.call('answers/bytes')).arrayBuffer())
    expect([...bytes]).toEqual([0, 1, 254, 255])
    const sum = await functions.call('answers/sum', { method: 'POST', body: bytes })
    expect(await sum.json()).toEqual({ total: 510 })
  })

  test('a large body streams in and out', async () => {
    const chunk = new Uint8Array(64 * 1024).fill(7)
    const chunks = 64
    const upload = () => {
      let sent = 0
      return new ReadableStream({
        pull: (stream) => (sent++ < chunks ? stream.enqueue(chunk) : stream.close()),
      })
    }
    const received = await functions.call('slow-upload', { method: 'POST', body: upload() })
    expect(await received.json()).toEqual({ size: chunk.length * chunks })
    const echoed = await functions.call('answers/echo', { method: 'POST', body: upload() })
    expect((await echoed.arrayBuffer()).byteLength).toBe(chunk.length * chunks)
  })

  test.each(['refuses-unread', 'missing'])('%s answers a large upload that nobody reads', async (path) => {
    const statuses = []
    for (const body of [new Uint8Array(8 * 1024 * 1024), new Blob([new Uint8Array(8 * 1024 * 1024)]).stream()]) {
      const response = await functions.call(path, { method: 'POST', body })
      statuses.push(response.status, (await response.text()).length > 0)
    }
    expect(statuses).toEqual(path === 'missing' ? [404, true, 404, true] : [403, true, 403, true])
  })

  test('a client that leaves is seen by the function', async () => {
    const abort = new AbortController()
    const call = functions.call('answers/hang', { signal: abort.signal })
    await until(() => functions.logs().includes('answers info hangs'))
    abort.abort()
    await expect(call).rejects.toThrow()
    await until(() => functions.logs().includes('answers info client left'))
    await until(() =>
      functions.observations.some((o) => o.kind === 'invocation' && o.name === 'answers' && o.status === 499),
    )
  })

  test('so is one that leaves in the middle of a response', async () => {
    const response = await functions.call('answers/endless')
    const reader = response.body?.getReader()
    await reader?.read()
    await reader?.cancel()
    await until(() => functions.logs().includes('answers info stream cancelled'))
  })

  test.each([
    ['main', 'main'],
    ['default-export', 'by default GET'],
    ['std-serve', 'by std'],
    ['options', 'handled x'],
  ])('%s is a function too', async (name, body) => {
    expect(await (await functions.call(name)).text()).toBe(body)
  })
})

describe('WebSocket', () => {
  const open = (path: string, headers: Record<string, string>) =>
    new WebSocket(`${functions.origin.replace('http', 'ws')}/functions/v1/${path}`, 'chat', { headers })

  test('messages go both ways until one side closes; the connection is one invocation', async () => {
    const socket = open('echo-socket/room?id=1', { authorization: `Bearer ${await signToken()}` })
    await once(socket, 'open')
    expect(socket.protocol).toBe('chat')
    for (const word of ['one', 'two']) {
      socket.send(word)
      const [data] = await once(socket, 'message')
      expect(String(data)).toBe(`echo ${word}`)
    }
    socket.send('bye')
    const [code, reason] = await once(socket, 'close')
    expect([code, String(reason)]).toEqual([4000, 'good bye'])
    await until(() => functions.observations.some((o) => o.kind === 'invocation' && o.trigger === 'websocket'))
    expect(functions.observations).toContainEqual(
      expect.objectContaining({ name: 'echo-socket', trigger: 'websocket', status: 101 }),
    )
  })

  /** Sends bytes as they are; all that comes back until the connection is closed. */
  const raw = (...lines: string[]) => exchange(Number(new URL(functions.origin).port), `${lines.join('\r\n')}\r\n\r\n`)

  test('a function that speaks none answers, and nothing that follows reaches it', async () => {
    const authorization = `authorization: Bearer ${await signToken()}`
    const asks = ['connection: Upgrade', 'upgrade: websocket', 'sec-websocket-version: 13', authorization]
    const smuggled = ['POST /no-socket HTTP/1.1', 'host: evil.example', 'content-length: 0']
    const path = 'GET /functions/v1/no-socket HTTP/1.1'
    const { host } = new URL(functions.origin)
    for (const n of [1, 2]) {
      const answer = await raw(path, `host: ${host}`, ...asks, '', ...smuggled)
      expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1)
      expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\nconnection: close\r\n/)
      expect(answer.endsWith(`\r\n\r\nrequest ${n} of ${host}`)).toBe(true)
    }
    expect(await raw(path, `host: ${host}`, 'content-length: 66', ...asks, '', ...smuggled)).toContain('request 3 of')
    expect(await (await functions.call('no-socket')).text()).toBe(`request 4 of ${host}`)
  })

  test('one whose process ends is answered WORKER_ERROR', async () => {
    const answer = await raw(
      ...['GET /functions/v1/dies HTTP/1.1', `host: ${new URL(functions.origin).host}`, 'connection: Upgrade'],
      ...['upgrade: websocket', `authorization: Bearer ${await signToken()}`],
    )
    expect(answer).toMatch(/^HTTP\/1\.1 500 [\s\S]*"code":"WORKER_ERROR"/)
  })

  test('a client that leaves before it is answered harms nobody', async () => {
    for (let n = 0; n < 5; n++) {
      const socket = connect(Number(new URL(functions.origin).port), '127.0.0.1')
      await once(socket, 'connect')
      socket.write(
        'GET /functions/v1/echo-socket HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n',
      )
      socket.resetAndDestroy()
    }
    expect((await functions.call('mirror')).status).toBe(200)
  })

  test.each([
    ['echo-socket', 'without a token', 401],
    ['missing', 'where there is no function', 404],
  ])('%s %s is refused', async (path, _, status) => {
    const socket = open(path, {})
    const [, response] = await once(socket, 'unexpected-response')
    expect(response.statusCode).toBe(status)
    socket.on('error', () => {})
    socket.terminate()
  })
})

test('each invocation is observed, the first one as cold', async () => {
  await functions.call('default-export')
  const seen = () => functions.observations.filter((o) => o.kind === 'invocation' && o.name === 'default-export')
  await until(() => seen().length === 2)
  const used = { cpuMs: expect.any(Number), peakBytes: expect.any(Number), gbSeconds: expect.any(Number) }
  expect(seen()).toMatchObject([
    { status: 200, cold: true, trigger: 'http', role: 'authenticated', ...used },
    { status: 200, cold: false, trigger: 'http', role: 'authenticated', ...used },
  ])
})

test('functions of a new folder that are called all at once all boot', async () => {
  const names = Array.from({ length: 8 }, (_, n) => `new-${n}`)
  const files = Object.fromEntries(names.map((name) => [`${name}/index.ts`, 'Deno.serve(() => new Response("here"))']))
  await using fresh = await serveFunctions(files)
  const answers = await Promise.all(names.map((name) => fresh.call(name)))
  expect(answers.map(({ status }) => status)).toEqual(names.map(() => 200))
})
