import { serverAudits } from 'graphql-http'
import { describe, expect, test } from 'vitest'
import { useDatabase } from '../support/database.ts'
import { useFixture } from '../support/fixture.ts'
import { useGateway } from '../support/gateway.ts'
import { serveOnLoopback } from '../support/loopback-server.ts'

/** The audit of graphql-http: what the GraphQL-over-HTTP specification must, should and may ask of a server. */
const database = useDatabase()
const app = useGateway(database)

const caller = { role: 'anon', claims: { role: 'anon' } }
const server = useFixture(() =>
  serveOnLoopback((req, res) => {
    void app.gateway.handle(req, res, { caller, requestInfo: { method: 'POST', path: '/graphql/v1', headers: {} } })
  }),
)

describe('GraphQL over HTTP', () => {
  const audits = serverAudits({ url: () => `${server.url}/graphql/v1` })
  test.each(audits.map((audit) => [audit.id, audit.name, audit] as const))('%s %s', async (_id, _name, audit) => {
    const result = await audit.fn()
    expect(result.status, 'reason' in result ? result.reason : '').toBe('ok')
  })
})
