/**
 * The reference: as little as a server can do that answers these requests in safety. Bare node:http; a token is verified
 * once and remembered; the request is looked up by what its URL begins with; hand-written SQL in one round trip under
 * row-level security; Postgres' text goes to the client as it is. Runs in a process of its own.
 */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAskers } from '../graphql/askers.ts'
import type { LimitOptions } from '../graphql/limit-options.ts'
import { openTrips } from '../graphql/one-trip.ts'
import { operations } from './operations.ts'

const { connection, secret } = JSON.parse(process.argv[2] ?? '{}') as LimitOptions
const trips = await openTrips(connection)
const askerOf = createAskers(secret)
const byUrl = new Map(
  operations.map((operation) => [
    keyOf(operation.path(1)),
    { ...operation, statement: { name: operation.name, text: operation.sql } },
  ]),
)

const server = createServer(async (req, res) => {
  const reply = (status: number, text: string) => {
    const body = Buffer.from(text)
    res.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length })
    res.end(body)
  }
  const url = req.url ?? ''
  const asker = askerOf(req.headers.authorization ?? '')
  const operation = byUrl.get(keyOf(url))
  const body = req.method === 'POST' ? await bodyOf(req) : ''
  if (!asker || !operation) return reply(asker ? 400 : 401, '{}')
  const done = operation.body ? 201 : 200
  trips.run(asker, operation.statement, operation.parameters(url, body), (error, text) =>
    error ? reply(500, JSON.stringify({ error: error.message })) : reply(done, text),
  )
})
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))

/** The URL but for its number at the end. */
function keyOf(url: string): string {
  return url.replace(/(?<=eq\.)\d+$/, '')
}

function bodyOf(req: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.on('end', () => resolve(Buffer.concat(chunks).toString()))
    req.on('error', reject)
  })
}
