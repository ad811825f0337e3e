import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { type HttpServer, openHttpServer, type Routes } from '#http'
import { silent } from '#observe'
import { roomForClients } from '../../src/app/open-files.ts'

let server: HttpServer | undefined
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await server?.close(0)
})

async function serve(routes: Partial<Routes>, files = 1000) {
  const opened = await openHttpServer({ host: '127.0.0.1', port: 0, observe: silent, room: { files, perSocket: 1 } })
  server = opened
  opened.serve({ handle: async (_req, res) => void res.end('answered'), ...routes })
  return (): Socket => {
    const socket = connect(opened.port, '127.0.0.1').resume()
    socket.on('error', () => {})
    sockets.push(socket)
    return socket
  }
}

const get = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n'
const askedOn = async (socket: Socket, request = get) => {
  socket.write(request)
  return String((await once(socket, 'data'))[0])
}

/** Routes that answer when they are told to, and tell of each request that waits. */
function held() {
  const waiting: (() => void)[] = []
  const came = vi.fn()
  const routes: Partial<Routes> = {
    handle: (_req, res) =>
      new Promise((resolve) => {
        waiting.push(() => resolve(void res.end('answered')))
        came()
      }),
  }
  const arrived = (count: number) => vi.waitFor(() => expect(came).toHaveBeenCalledTimes(count), { timeout: 30_000 })
  return {
    routes,
    arrived,
    answerAll: () => {
      for (const answer of waiting.splice(0)) answer()
    },
  }
}

describe('where no more may be open', () => {
  test('who asks is told to come again, and is answered once others are', async () => {
    const { routes, arrived, answerAll } = held()
    const client = await serve(routes, 10)
    const first = Array.from({ length: 5 }, client)
    const answers = first.map((socket) => askedOn(socket))
    await arrived(5)
    const refused = client()
    expect(await askedOn(refused)).toMatch(/^HTTP\/1\.1 503 .*retry-after: 1\r\n.*connection: close/is)
    const upgrade = 'GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'
    expect(await askedOn(client(), upgrade)).toMatch(/^HTTP\/1\.1 503 .*\r\nretry-after: 1\r\n/s)
    answerAll()
    for (const answer of answers) expect(await answer).toMatch(/^HTTP\/1\.1 200 /)
    for (const socket of first) socket.destroy()
    const later = client()
    const answer = askedOn(later)
    await arrived(6)
    answerAll()
    expect(await answer).toMatch(/^HTTP\/1\.1 200 /)
  })

  test('connections on which nothing is asked make room', async () => {
    const client = await serve(
      {
        async handle(_req, res) {
          // One that is answered before it is read to its end is not kept.
          await new Promise(setImmediate)
          res.end('answered')
        },
      },
      10,
    )
    const idle = Array.from({ length: 5 }, client)
    for (const socket of idle) expect(await askedOn(socket)).toMatch(/^HTTP\/1\.1 200 /)
    const left = idle.map((socket) => once(socket, 'close'))
    expect(await askedOn(client())).toMatch(/^HTTP\/1\.1 200 /)
    await Promise.all(left)
  })

  test('connections on which nothing was ever asked make room, but for those that have just come', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    onTestFinished(() => void vi.useRealTimers())
    const client = await serve({}, 10)
    const silent = Array.from({ length: 6 }, client)
    // Some of a head is no request.
    silent[0]?.write('GET / HTTP/1.1\r\n')
    expect(await askedOn(client())).toMatch(/^HTTP\/1\.1 503 /)
    const left = silent.map((socket) => once(socket, 'close'))
    vi.advanceTimersByTime(1500)
    await expect.poll(async () => (await askedOn(client())).slice(0, 12)).toBe('HTTP/1.1 200')
    await Promise.all(left)
  })
})

describe('a server that stops', () => {
  test('answers who waits, takes nobody else, and does not wait for connections that are kept', async () => {
    const { routes, arrived, answerAll } = held()
    const client = await serve(routes)
    const [socket, pipelining] = [client(), client()]
    const answer = askedOn(socket)
    pipelining.write(get)
    await arrived(2)
    const closed = server?.close(3_600_000)
    const [refused] = await once(client(), 'error')
    expect(refused).toMatchObject({ code: 'ECONNREFUSED' })
    answerAll()
    expect(await answer).toMatch(/^HTTP\/1\.1 200 .*connection: close/is)
    await closed
  })

  test('nor for one whose answer had begun', async () => {
    const finish = Promise.withResolvers<void>()
    const client = await serve({
      async handle(_req, res) {
        res.write('begun')
        await finish.promise
        res.end()
      },
    })
    expect(await askedOn(client())).toMatch(/^HTTP\/1\.1 200 /)
    const closed = server?.close(3_600_000)
    finish.resolve()
    await closed
  })
})

describe('the room for clients', () => {
  const config = { managed: undefined, realtime: { enabled: true, maxConcurrentUsers: 10_000 } } as never
  const small = { managed: undefined, realtime: { enabled: true, maxConcurrentUsers: 100 } } as never
  const managed = { managed: {}, realtime: { enabled: true, maxConcurrentUsers: 10_000 } } as never

  test.each([
    ['too little for any', config, 256, 140, /256 .*room for 70 requests or 140 WebSockets at once.*allows 10000/],
    ['too little for what is configured', config, 4096, 3980, /allows 10000 of these\. Raise the limit/],
    ['enough', config, 65_536, 65_420, undefined],
    ['enough for what is configured', small, 4096, 3980, undefined],
    ['of a gateway, which passes WebSockets on', managed, 256, 140, /70 requests or 70 WebSockets at once\. Raise/],
    ['without a limit', config, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, undefined],
  ])('%s', (_, given, limit, files, warning) => {
    const told: string[] = []
    const room = roomForClients(given, 16, (seen) => 'text' in seen && told.push(seen.text), limit)
    expect(room.files).toBe(files)
    expect(told).toEqual(warning ? [expect.stringMatching(warning)] : [])
  })
})
