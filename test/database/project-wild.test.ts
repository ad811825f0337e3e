import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  applyBaseline,
  applyProject,
  type Connections,
  holdDataFolder,
  type PostgresServer,
  startPostgres,
} from '#database'
import { silent } from '#observe'
import { baselineOptions } from '../support/platform.ts'
import { temporaryFolder } from './server-fixture.ts'
import { attempt, connected } from './sql-client.ts'
import { embeddedFacts, superuserFacts, wildFacts } from './wild-facts.ts'

const root = join(import.meta.dirname, 'wild')

// A server of its own: what such projects set for roles holds in all of its databases.
const folder = holdDataFolder(join(temporaryFolder(afterAll), 'data'))
let server: PostgresServer
let connections: Connections
beforeAll(async () => {
  server = await startPostgres({ folder, observe: silent })
  connections = server.connections()
  await applyBaseline(connections, baselineOptions)
})
afterAll(async () => {
  await server?.stop()
  folder.release()
})

describe('migrations as Supabase projects have them', () => {
  test('are applied unchanged', async () => {
    const { migrations, seeds } = await applyProject({
      connections,
      root,
      supabase: join(root, 'supabase'),
      migrations: { enabled: true, schemaPaths: [] },
      seed: { enabled: true, sqlPaths: ['./seed.sql'] },
      observe: silent,
    })
    expect([migrations.length, seeds]).toEqual([9, ['supabase/seed.sql']])
  })

  test.each([...wildFacts, ...superuserFacts, ...embeddedFacts])('%s', async (_, role, statements, expected) => {
    const found = await connected(connections, 'supabase_admin', (c) => attempt(c, role, statements))
    expect(found).toEqual(expected)
  })
})
