import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAskers } from './askers.ts'
import type { LimitOptions } from './limit-options.ts'
import { openRawTrips } from './raw-trips.ts'
import { openTextTrips } from './text-trips.ts'
import type { Statement } from './trips.ts'

/** What a request is answered by. */
export interface Job {
  readonly statement: Statement
  readonly values: readonly string[]
  /** Of the response. */
  readonly status: number
}

/**
 * A reference: as little as a server can do that answers in safety. Bare node:http; a token is verified once and
 * remembered; hand-written SQL in one round trip under row-level security; Postgres' text goes to the client as it is.
 * Runs in a process of its own, and tells its port to whoever started it.
 */
export async function serveLimit(find: (url: string, body: string) => Job | undefined): Promise<void> {
  const { connection, secret, raw = false } = JSON.parse(process.argv[2] ?? '{}') as LimitOptions
  const trips = await (raw ? openRawTrips(connection) : openTextTrips(connection))
  const askerOf = createAskers(secret)

  const server = createServer(async (req, res) => {
    const reply = (status: number, body: readonly Buffer[]) => {
      const length = body.reduce((sum, chunk) => sum + chunk.length, 0)
      res.writeHead(status, { 'content-type': 'application/json', 'content-length': length })
      if (body.length === 1) return void res.end(body[0])
      res.cork()
      for (const chunk of body) res.write(chunk)
      res.end()
    }
    const asker = askerOf(req.headers.authorization ?? '')
    const job = find(req.url ?? '', req.method === 'POST' ? await bodyOf(req) : '')
    if (!asker || !job) return reply(asker ? 400 : 401, [])
    trips.run(asker, job.statement, job.values, (error, body) =>
      error ? reply(500, [Buffer.from(JSON.stringify({ error: error.message }))]) : reply(job.status, body),
    )
  })
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
}

function bodyOf(req: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.on('end', () => resolve(Buffer.concat(chunks).toString()))
    req.on('error', reject)
  })
}
