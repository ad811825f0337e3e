import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { administer } from '../support/administer.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { createFront, databaseUrl, superuser } from '../support/front.ts'
import { hasPgbouncer, startPgbouncer, withoutPgbouncer } from '../support/pgbouncer.ts'
import { openStatementLog, type StatementLog } from '../support/statement-log.ts'
import { tellTheStory } from './story.ts'

let managed: TestApp
let log: StatementLog

beforeAll(async () => {
  managed = await createTestApp()
  await administer(
    superuser(managed),
    "create role visitor login noinherit password 'visiting'",
    'grant anon, authenticated, service_role to visitor',
  )
  log = await openStatementLog(superuser(managed))
})
afterAll(() => managed?.close())

const logins: readonly (readonly [string, () => string])[] = [
  ['`authenticator`', () => databaseUrl(managed, 'authenticator')],
  ['a login that owns nothing', () => databaseUrl(managed, 'visitor', 'visiting')],
  [
    'a login that bypasses row-level security, as `postgres` of a hosted Supabase does',
    () => managed.app.databaseUrl ?? '',
  ],
]

test.each(logins)('a photographer is discovered, through a gateway with %s', async (_, url) => {
  const front = await createFront(managed, url())
  onTestFinished(() => front.close())
  await tellTheStory(front)
})

describe.runIf(hasPgbouncer)(`through a transaction-mode pooler${withoutPgbouncer}`, () => {
  test.each([
    ['that DATABASE_URL tells of', '?pgbouncer=true'],
    ['that nobody told of', ''],
  ])('%s', async (_, parameters) => {
    const pooler = await startPgbouncer(databaseUrl(managed, 'visitor', 'visiting'))
    onTestFinished(() => pooler.stop())
    const front = await createFront(managed, pooler.url + parameters)
    onTestFinished(() => front.close())
    await tellTheStory(front)
  })
})

/** What was done under the managed backend's own login, which no gateway has: its events bring tables when first needed. */
const byTheBackend = (line: string) => line.startsWith('supabase_admin: ')

test('the gateway issued no DDL', async () => {
  expect((await log.commands()).filter((line) => !byTheBackend(line))).toEqual([])
})

test('the log would have told', async () => {
  const connections = superuser(managed)
  await administer(connections, 'create table public.told ()', 'drop table public.told', 'alter role visitor noinherit')
  expect((await log.commands()).slice(-4)).toEqual([
    'supabase_admin: CREATE TABLE',
    'supabase_admin: DROP TABLE',
    'supabase_admin: DROP TABLE',
    'somebody: changed roles, databases or their settings',
  ])
})
