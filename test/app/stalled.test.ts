import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { type HttpServer, openHttpServer, type Routes } from '#http'
import { silent } from '#observe'

const patience = 150
/** Longer than a busy machine keeps this process, client and server alike, from going on. */
const long = 1000

let server: HttpServer | undefined
afterEach(() => server?.close(0))

async function serve(routes: Partial<Routes>, patient = patience): Promise<(head: string) => Socket> {
  const opened = await openHttpServer({ host: '127.0.0.1', port: 0, observe: silent, patience: patient })
  server = opened
  opened.serve({ handle: async (_req, res) => void res.end('answered'), ...routes })
  return (head) => {
    const socket = connect(opened.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(head)
    return socket
  }
}

const post = 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n'
const get = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n'

describe('a client that keeps a connection waiting is let go', () => {
  test.each([
    ['says nothing', ''],
    ['leaves the head unfinished', 'GET / HTTP/1.1\r\nhost'],
    ['leaves the body unfinished', `${post}{"query"`],
  ])('who %s', async (_, bytes) => {
    const send = await serve({ handle: (req) => new Promise((_, reject) => req.resume().once('error', reject)) })
    await once(send(bytes).resume(), 'close')
  })

  test.each([
    ['head', get.slice(0, -2), 'x: y\r\n'],
    ['body', post.replace('100', '100000'), 'x'],
  ])('who sends its %s a drop at a time', async (_, begin, drop) => {
    const send = await serve({ handle: (req) => new Promise((_, reject) => req.resume().once('error', reject)) })
    const socket = send(begin).resume()
    const dripping = setInterval(() => socket.write(drop), patience / 5)
    await closed(socket)
    clearInterval(dripping)
  })

  test('who sends the rest of its body a drop at a time, once much of it has come', async () => {
    const send = await serve({ handle: (req) => new Promise((_, reject) => req.resume().once('error', reject)) })
    const socket = send(post.replace('100', '1000000')).resume()
    socket.write(Buffer.alloc(500_000))
    const dripping = setInterval(() => socket.write('x'), patience / 5)
    await closed(socket)
    clearInterval(dripping)
  })

  test('who goes on with a body that was answered', async () => {
    const send = await serve({})
    const socket = send(post.replace('100', '100000')).resume()
    const dripping = setInterval(() => socket.write('x'), patience / 5)
    await closed(socket)
    clearInterval(dripping)
  })

  test('who takes none of the answer', async () => {
    const left = Promise.withResolvers<void>()
    const send = await serve({
      async handle(_req, res) {
        res.once('close', () => left.resolve())
        res.end(Buffer.alloc(64 * 1024 * 1024))
      },
    })
    const socket = send(get).pause()
    await left.promise
    socket.destroy()
  })
})

describe('a client that waits is not', () => {
  test('for an answer that takes longer', async () => {
    const handle: Routes['handle'] = (_req, res) =>
      new Promise((resolve) => setTimeout(() => resolve(void res.end('late')), long * 1.5))
    const send = await serve({ handle }, long)
    const [answer] = (await once(send(get), 'data')) as [Buffer]
    expect(String(answer)).toMatch(/late$/)
  })

  test('for a slow upload to arrive', async () => {
    const handle: Routes['handle'] = async (req, res) => void req.resume().once('end', () => res.end('whole'))
    const send = await serve({ handle }, long)
    const pieces = 15
    const socket = send(post.replace('100', String(pieces * 200)))
    const uploading = setInterval(() => socket.write(Buffer.alloc(200)), long / 10)
    const [answer] = (await once(socket, 'data')) as [Buffer]
    clearInterval(uploading)
    expect(String(answer)).toMatch(/whole$/)
  })

  test('for its upload to be read', async () => {
    const handle: Routes['handle'] = async (req, res) => {
      req.once('data', () => {
        req.pause()
        setTimeout(() => req.resume(), long * 1.5)
      })
      req.once('end', () => res.end('whole'))
    }
    const send = await serve({ handle }, long)
    const socket = send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 150000\r\n\r\n')
    socket.write(Buffer.alloc(150_000))
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect(String(answer)).toMatch(/whole$/)
  })
})

test('a WebSocket that is refused is not kept by a client that stays', async () => {
  const send = await serve({ upgrade: () => false })
  const socket = send('GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n')
  socket.allowHalfOpen = true
  expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1.1 404 /)
  // Its side of the connection stays open; the server's is closed for good, which writing finds out.
  const writing = setInterval(() => socket.write('x'), 1000)
  await new Promise((resolve) => socket.once('close', resolve))
  clearInterval(writing)
})

test.each([
  ['nobody answers', {}],
  ['somebody takes', { upgrade: () => true }],
])('a WebSocket that %s is reset, and all goes on', async (_, routes) => {
  const closed = Promise.withResolvers<void>()
  const send = await serve({
    ...routes,
    upgrade(req, socket, head, path) {
      socket.once('close', () => closed.resolve())
      return (routes as Partial<Routes>).upgrade?.(req, socket, head, path) ?? false
    },
  })
  const socket = send('GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n')
  await once(socket, 'connect')
  socket.resetAndDestroy()
  await closed.promise
  expect(String((await once(send(get), 'data'))[0])).toMatch(/answered$/)
})

/** However it ends: who writes to a connection that was cut may be told of a reset. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.on('error', () => {}).once('close', () => resolve()))
}
