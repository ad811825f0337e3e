import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { serveFunctions, signToken, type TestFunctions, until } from './test-functions.ts'

const files = {
  'server/index.ts': `
    import { createServer } from 'node:http'
    const server = createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ url: request.url, method: request.method, host: request.headers.host, body }))
    })
    server.listen(3000, () => console.log('listens', JSON.stringify(server.address()), server.listening))`,
  'commonjs/package.json': '{ "type": "commonjs" }',
  'commonjs/index.js': `
    const http = require('http')
    http.createServer((request, response) => response.end(request.url)).listen({ port: 8080, host: 'localhost' })`,
  'sockets/index.ts': `
    import { WebSocketServer } from 'npm:ws'
    new WebSocketServer({ port: 8080 }).on('connection', (socket, { url }) => {
      socket.on('message', (data) => socket.send(url + ' ' + data))
    })`,
  'both/index.ts': `
    import { createServer } from 'node:http'
    Deno.serve(() => new Response('by Deno'))
    createServer((_, response) => response.end('by Node')).listen(8000, () => console.log('listens too'))`,
  'two/index.ts': `
    import { createServer } from 'node:http'
    for (const name of ['first', 'second']) createServer((_, response) => response.end(name)).listen(8000)`,
  'throws/index.ts': `
    import { createServer } from 'node:http'
    createServer(() => setTimeout(() => { throw new Error('no luck') })).listen(8000)`,
  'streams/index.ts': `
    import { createServer } from 'node:http'
    createServer((request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: one\\n\\n')
      request.on('close', () => console.log('client left'))
    }).listen(8000)`,
}

let functions: TestFunctions
beforeAll(async () => {
  functions = await serveFunctions(files)
})
afterAll(() => functions[Symbol.asyncDispose]())

test('a server of Node answers, on whatever port it means to listen', async () => {
  const asked = { method: 'PUT', body: 'hello' }
  const { host } = new URL(functions.origin)
  for (const path of ['server/deep/path?a=1', 'server']) {
    const response = await functions.call(path, asked)
    expect(await response.json()).toEqual({ url: `/${path}`, method: 'PUT', host, body: 'hello' })
  }
  expect(functions.logs()).toEqual(['server info listens {"address":"0.0.0.0","family":"IPv4","port":3000} true'])
})

test.each([
  ['commonjs/a', '/commonjs/a'],
  ['both', 'by Deno'],
  ['two', 'first'],
])('%s answers %s', async (path, text) => {
  expect(await (await functions.call(path)).text()).toBe(text)
})

test('WebSockets reach a server of a package', async () => {
  const headers = { authorization: `Bearer ${await signToken()}` }
  const socket = new WebSocket(`${functions.origin.replace('http', 'ws')}/functions/v1/sockets/room?id=1`, { headers })
  await once(socket, 'open')
  socket.send('hello')
  const [data] = await once(socket, 'message')
  expect(String(data)).toBe('/sockets/room?id=1 hello')
  socket.close()
  await once(socket, 'close')
})

test('one that ends its process is answered WORKER_ERROR, and the next call has a new one', async () => {
  for (let n = 0; n < 2; n++) {
    const response = await functions.call('throws')
    expect([response.status, (await response.json()).code]).toEqual([500, 'WORKER_ERROR'])
  }
})

test('a client that leaves is seen by it', async () => {
  const response = await functions.call('streams')
  const reader = response.body?.getReader()
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('data: one\n\n')
  await reader?.cancel()
  await until(() => functions.logs().includes('streams info client left'))
})
