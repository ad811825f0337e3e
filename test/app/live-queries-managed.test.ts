import { createClient } from 'graphql-sse'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'
import { createFront, databaseUrl } from '../support/front.ts'

/** Live queries of a gateway in front of a Supabase elsewhere: changes come through its Realtime. */
let managed: TestApp
let front: TestApp

beforeAll(async () => {
  managed = await createTestApp({
    files: {
      'supabase/config.toml': 'project_id = "managed-live"\n',
      'supabase/migrations/1_tables.sql': `
        create table note (id int primary key, body text);
        create table other (id int primary key);
        create table member (id int primary key);
        alter table note enable row level security;
        create policy seen on note for select using (not exists (select from member));
        alter publication supabase_realtime add table note;`,
    },
  })
  front = await createFront(managed, databaseUrl(managed, 'authenticator'), {
    files: { 'supabase/config.toml': 'project_id = "front-live"\n' },
  })
})
afterAll(async () => {
  await front?.close()
  await managed?.close()
})

function client() {
  const { publishableKey } = managed.app.config.keys
  return createClient({ url: `${front.app.url}/graphql/v1`, headers: { apikey: publishableKey }, retryAttempts: 0 })
}

test('a published table wakes who looks at it', async () => {
  const events = client().iterate({ query: 'subscription { noteCollection { edges { node { body } } } }' })
  expect((await events.next()).value).toEqual({ data: { noteCollection: { edges: [] } } })
  const sql = new pg.Client(managed.app.databaseUrl)
  await sql.connect()
  await sql.query(`insert into note values (1, 'heard')`)
  expect((await events.next()).value).toEqual({ data: { noteCollection: { edges: [{ node: { body: 'heard' } }] } } })
  await sql.query('delete from note')
  expect((await events.next()).value).toEqual({ data: { noteCollection: { edges: [] } } })
  await sql.end()
  await events.return?.()
})

test('one that is not says what publishes it', async () => {
  const events = client().iterate({ query: 'subscription { otherCollection { edges { node { id } } } }' })
  const [error] = (await events.next()).value?.errors ?? []
  expect(error?.extensions?.code).toBe('CHANGES_UNKNOWN')
  expect(error?.message).toContain('alter publication supabase_realtime add table public.other')
  expect((await events.next()).done).toBe(true)
})
