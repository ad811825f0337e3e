/**
 * The reference: as little as a server can do that answers these operations in safety. Bare node:http; a token is
 * verified once and remembered; the document's text is looked up; hand-written SQL in one round trip under row-level
 * security; Postgres' text goes to the client as it is. Runs in a process of its own.
 */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAskers } from './askers.ts'
import type { LimitOptions } from './limit-options.ts'
import { openTrips } from './one-trip.ts'
import { operations } from './operations.ts'

const { connection, secret } = JSON.parse(process.argv[2] ?? '{}') as LimitOptions
const trips = await openTrips(connection)
const byDocument = new Map(
  operations.map((operation) => [
    operation.document,
    { ...operation, statement: { name: operation.name, text: operation.sql } },
  ]),
)
const askerOf = createAskers(secret)

const server = createServer(async (req, res) => {
  const reply = (status: number, text: string) => {
    const body = Buffer.from(text)
    res.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length })
    res.end(body)
  }
  const asker = askerOf(req.headers.authorization ?? '')
  const { query, variables } = JSON.parse(await bodyOf(req)) as { query: string; variables: Record<string, string> }
  const operation = byDocument.get(query)
  if (!asker || !operation) return reply(asker ? 400 : 401, '{}')
  trips.run(asker, operation.statement, operation.parameters(variables), (error, text) =>
    error ? reply(500, JSON.stringify({ error: error.message })) : reply(200, text),
  )
})
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))

function bodyOf(req: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.on('end', () => resolve(Buffer.concat(chunks).toString()))
    req.on('error', reject)
  })
}
