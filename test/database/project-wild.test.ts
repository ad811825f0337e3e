import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { applyProject } from '#database'
import { silent } from '#observe'
import { administer } from '../support/administer.ts'
import { cloneDatabase, type TestDatabase } from '../support/database.ts'
import { attempt, connected } from './sql-client.ts'
import { embeddedFacts, superuserFacts, wildFacts } from './wild-facts.ts'

const root = join(import.meta.dirname, 'wild')
let database: TestDatabase
beforeAll(async () => {
  database = await cloneDatabase()
})
afterAll(async () => {
  await administer(
    database.connections,
    'drop owned by wild_moderator',
    'drop role wild_moderator',
    'alter role authenticator reset pgrst.db_aggregates_enabled',
    'alter role authenticator reset pgrst.db_pre_request',
  )
  await database.drop()
})

describe('migrations as Supabase projects have them', () => {
  test('are applied unchanged', async () => {
    const { migrations, seeds } = await applyProject({
      connections: database.connections,
      root,
      supabase: join(root, 'supabase'),
      migrations: { enabled: true, schemaPaths: [] },
      seed: { enabled: true, sqlPaths: ['./seed.sql'] },
      observe: silent,
    })
    expect([migrations.length, seeds]).toEqual([9, ['supabase/seed.sql']])
  })

  test.each([...wildFacts, ...superuserFacts, ...embeddedFacts])('%s', async (_, role, statements, expected) => {
    const found = await connected(database.connections, 'supabase_admin', (c) => attempt(c, role, statements))
    expect(found).toEqual(expected)
  })
})
