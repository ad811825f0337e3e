import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serverAudits } from 'graphql-http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { useDatabase } from '../support/database.ts'
import { useGateway } from '../support/gateway.ts'

/** The audit of graphql-http: what the GraphQL-over-HTTP specification must, should and may ask of a server. */
let server: Server

const database = useDatabase()
const app = useGateway(database)

beforeAll(async () => {
  const caller = { role: 'anon', claims: { role: 'anon' } }
  server = createServer((req, res) => {
    void app.gateway.handle(req, res, { caller, requestInfo: { method: 'POST', path: '/graphql/v1', headers: {} } })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
})

describe('GraphQL over HTTP', () => {
  const audits = serverAudits({ url: () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql/v1` })
  test.each(audits.map((audit) => [audit.id, audit.name, audit] as const))('%s %s', async (_id, _name, audit) => {
    const result = await audit.fn()
    expect(result.status, 'reason' in result ? result.reason : '').toBe('ok')
  })
})
