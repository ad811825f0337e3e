import pg from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { administer } from '../support/administer.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { createFront, databaseUrl, superuser } from '../support/front.ts'
import { hasPgbouncer, startPgbouncer, withoutPgbouncer } from '../support/pgbouncer.ts'
import { interleave, ownThings } from './interleaved.ts'

let managed: TestApp
beforeAll(async () => {
  managed = await createTestApp({ files: ownThings })
  await administer(
    superuser(managed),
    "create role visitor login noinherit password 'visiting'",
    'grant anon, authenticated, service_role to visitor',
    "alter role visitor set statement_timeout = '11s'",
  )
})
afterAll(() => managed?.close())

test('nobody is taken for another, by the embedded backend', () => interleave(managed))

test('nobody is taken for another, by a gateway', async () => {
  const front = await createFront(managed, databaseUrl(managed, 'visitor', 'visiting'))
  onTestFinished(() => front.close())
  await interleave(front)
})

describe.runIf(hasPgbouncer)(`through a transaction-mode pooler${withoutPgbouncer}`, () => {
  test.each([
    ['that DATABASE_URL tells of', '?pgbouncer=true'],
    ['that nobody told of', ''],
  ])('%s, nobody is taken for another, and nothing stays behind', async (_, parameters) => {
    const pooler = await startPgbouncer(databaseUrl(managed, 'visitor', 'visiting'))
    onTestFinished(() => pooler.stop())
    const front = await createFront(managed, pooler.url + parameters)
    onTestFinished(() => front.close())
    await interleave(front)

    const left = `select current_user::text as role, coalesce(current_setting('request.jwt.claims', true), '') as claims,
      current_setting('work_mem') as memory, current_setting('statement_timeout') as timeout,
      (select count(*)::int from pg_prepared_statements) as prepared, (select count(*)::int from pg_listening_channels()) as listening`
    const clients = [1, 2].map(() => new pg.Client({ connectionString: pooler.url }))
    onTestFinished(async () => void (await Promise.all(clients.map((client) => client.end()))))
    for (const client of clients) await client.connect()
    // Both of the pooler's connections are taken at the same time, hence both looked at.
    for (const client of clients) await client.query('begin')
    for (const client of clients) {
      const { rows } = await client.query(left)
      const nothing = { claims: '', memory: '4MB', prepared: 0, listening: 0 }
      expect(rows).toEqual([{ role: 'visitor', timeout: '11s', ...nothing }])
    }
  })
})
