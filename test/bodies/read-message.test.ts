import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readMessage } from '#bodies'

const refusals = { tooLarge: () => new Error('too large'), gone: () => new Error('gone') }
const limit = 100_000

/** Of each answer; the client that leaves is told nothing. */
const failures: string[] = []

const server = createServer(async (req, res) => {
  // Whoever reads a body has found out first who asks.
  await Promise.resolve()
  try {
    const body = await readMessage(req, limit, refusals)
    if (!req.readableEnded) await once(req, 'end')
    res.end(`${body.length} ${body.subarray(0, 3)}`)
  } catch (error) {
    failures.push((error as Error).message)
    server.emit('failed')
    res.setHeader('connection', 'close').end((error as Error).message)
  }
})

beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterAll(() => void server.close())

const big = 'b'.repeat(90_000)
const head = (how: string) => `POST / HTTP/1.1\r\nhost: localhost\r\n${how}\r\n\r\n`

test.each<[string, string[], string]>([
  ['comes with its head', [`${head('content-length: 3')}abc`], '3 abc'],
  ['comes behind its head', [head('content-length: 3'), 'abc'], '3 abc'],
  ['comes in pieces', [`${head('content-length: 3')}a`, 'b', 'c'], '3 abc'],
  ['comes in chunks', [`${head('transfer-encoding: chunked')}3\r\nabc\r\n0\r\n\r\n`], '3 abc'],
  ['is large', [`${head(`content-length: ${big.length}`)}${big}`], '90000 bbb'],
  ['is empty', [head('content-length: 0')], '0 '],
  ['is not there', [head('x-nothing: true')], '0 '],
  ['says that it is too large', [head(`content-length: ${limit + 1}`)], 'too large'],
  [
    'turns out to be too large',
    [`${head('transfer-encoding: chunked')}186a1\r\n`, 'x'.repeat(limit + 1), '\r\n0\r\n\r\n'],
    'too large',
  ],
])('a body that %s', async (_what, pieces, expected) => {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').setNoDelay(true)
  for (const piece of pieces) {
    socket.write(piece)
    await new Promise(setImmediate)
  }
  expect(await answerOf(socket)).toBe(expected)
  if (expected === 'too large') return void socket.destroy()
  // The connection is good for the next one.
  socket.write(`${head('content-length: 2')}no`)
  expect(await answerOf(socket)).toBe('2 no')
  socket.destroy()
})

test('a client that leaves in the middle of its body', async () => {
  const failed = once(server, 'failed')
  const asked = once(server, 'request')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.write(`${head('content-length: 5')}abc`)
  await asked
  socket.destroy()
  await failed
  expect(failures.at(-1)).toBe('gone')
})

/** The body of the next answer. */
async function answerOf(socket: Socket): Promise<string> {
  let text = ''
  for (;;) {
    const [, length, body] = /content-length: (\d+).*?\r\n\r\n(.*)$/is.exec(text) ?? []
    if (length !== undefined && body?.length === Number(length)) return body
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    text += chunk.toString('latin1')
  }
}
