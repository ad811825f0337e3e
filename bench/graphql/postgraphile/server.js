/**
 * PostGraphile 5 as its documentation sets it up for production, without what the others do not have (GraphiQL, watching,
 * explaining, websockets); role and claims come from a token that is verified once and remembered, as with the references.
 */
import { createServer } from 'node:http'
import { postgraphile } from 'postgraphile'
import { makePgService } from 'postgraphile/adaptors/pg'
import { grafserv } from 'postgraphile/grafserv/node'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { createAskers } from '../../photo-community/askers.ts'

process.env.GRAPHILE_ENV = 'production'
const { connection, secret } = JSON.parse(process.argv[2] ?? '{}')
const askerOf = createAskers(secret)

/** As many connections as measured best on two cores. */
const poolConfig = { ...connection, max: 8, idleTimeoutMillis: 0 }

const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ poolConfig, schemas: ['public'] })],
  grafserv: { graphiql: false, watch: false, websockets: false, maxRequestLength: 1_000_000 },
  grafast: {
    explain: false,
    context: ({ node }) => {
      const { role, claims } = askerOf(node?.req.headers.authorization ?? '') ?? { role: 'anon', claims: '{}' }
      return { pgSettings: { role, 'request.jwt.claims': claims } }
    },
  },
})

const server = createServer()
await instance.createServ(grafserv).addTo(server)
await instance.getSchema()
server.listen(0, '127.0.0.1', () => process.send?.(server.address().port))
