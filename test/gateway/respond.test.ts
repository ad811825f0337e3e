import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, expect, test } from 'vitest'
import { respondInPieces } from '../../src/gateway/run/respond.ts'

const responses: ServerResponse[] = []
const server = createServer((_req, res) => {
  responses.push(res)
}).listen(0, '127.0.0.1')
afterAll(() => server.close())

/** A response whose client waits for it. */
async function awaited(): Promise<{ res: ServerResponse; leave(): Promise<void> }> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
  await expect.poll(() => responses.length).toBeGreaterThan(0)
  const res = responses.pop() as ServerResponse
  const closed = once(res, 'close')
  return {
    res,
    async leave() {
      socket.resetAndDestroy()
      await closed
    },
  }
}

/** What an answer does to the connection that it comes from. */
function flow() {
  const told: string[] = []
  return { told, resume: () => told.push('resume'), abandon: () => told.push('abandon') }
}

const bytes = Buffer.alloc(16 * 1024 * 1024)

test.each(['before', 'after'])('a client that leaves %s its answer begins holds no connection', async (when) => {
  const { res, leave } = await awaited()
  const { told, ...rest } = flow()
  if (when === 'before') await leave()
  const sink = respondInPieces(res, 'application/json', bytes.length, '{"data":', rest)
  expect(sink.write(bytes, 0, bytes.length)).toBe(false)
  if (when === 'after') await leave()
  expect(told).toEqual(['abandon'])
})
