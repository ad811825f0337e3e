/** Builds the schemas of some roles once, and tells what that took. Runs in a process of its own. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type pg from 'pg'
import { graphqlDefaults } from '#config'
import { createCallerPool, watchCatalog } from '#database'
import { createGateway } from '#gateway'
import { silent } from '#observe'

export interface BuildOptions {
  readonly connection: pg.ClientConfig
  readonly roles: readonly string[]
}

export interface Built {
  /** On a processor. */
  readonly seconds: number
  /** Of the heap, that are held afterwards. */
  readonly megabytes: number
}

const { connection, roles } = JSON.parse(process.argv[2] ?? '{}') as BuildOptions
const connections = { for: () => connection }

const before = heap()
const started = process.cpuUsage()
const callers = await createCallerPool({ connections, observe: silent, size: 1 })
const catalog = await watchCatalog({ connections, observe: silent, schemas: ['public'], pollEvery: 3_600_000 })
const gateway = await createGateway({
  mode: 'production',
  settings: { ...graphqlDefaults, introspection: false },
  callers,
  catalog,
  services: { url: 'http://portico.test', publishableKey: 'unused', secretKey: 'unused', fetch },
  schemaFolder: '/nonexistent',
  observe: silent,
})
for (const role of roles) await gateway.explain(role, '{ __typename }')
const { user, system } = process.cpuUsage(started)
const megabytes = heap() - before
// Held until here.
await gateway.explain('anon', '{ __typename }')
process.send?.({ seconds: (user + system) / 1e6, megabytes } satisfies Built)
await catalog.close()
await callers.close()
process.disconnect()

function heap(): number {
  setFlagsFromString('--expose-gc')
  ;(runInNewContext('gc') as () => void)()
  return process.memoryUsage().heapUsed / 2 ** 20
}
