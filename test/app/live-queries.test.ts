import { createClient as createSseClient } from 'graphql-sse'
import { type Client, createClient } from 'graphql-ws'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createTestApp, type TestApp } from '../support/app.ts'

/** Live queries of a whole backend: signed-in users, and changes from wherever they come. */
let backend: TestApp

const files = {
  'supabase/config.toml': 'project_id = "live"\n[graphql]\nsubscription_interval = "1ms"\n',
  'supabase/migrations/1_rooms.sql': `
    create table note (id int primary key generated always as identity, owner uuid not null default auth.uid(), body text not null);
    alter table note enable row level security;
    create policy own on note for all to authenticated using (owner = (select auth.uid()));
    create table log (id int generated always as identity, at date not null, primary key (id, at)) partition by range (at);
    create table log_2026 partition of log for values from ('2026-01-01') to ('2027-01-01');
    create unlogged table fleeting (id int primary key);
    grant select on log, fleeting to anon;`,
}

beforeAll(async () => {
  backend = await createTestApp({ files })
})
afterAll(() => backend?.close())

const key = () => backend.app.config.keys.publishableKey

async function signedIn(name: string) {
  const client = backend.client()
  const { data, error } = await client.auth.signUp({ email: `${name}@example.com`, password: 'correct horse battery' })
  if (error) throw error
  return { client, token: data.session?.access_token ?? '' }
}

function connect(params: Record<string, unknown>): Client {
  const url = `${backend.app.url.replace('http', 'ws')}/graphql/v1`
  return createClient({ url, webSocketImpl: WebSocket, connectionParams: params, retryAttempts: 0 })
}

interface Notes {
  readonly noteCollection: { readonly edges: readonly { readonly node: { readonly body: string } }[] }
}

async function bodies(events: AsyncIterableIterator<{ data?: Notes | null | undefined }>): Promise<string[]> {
  const { value } = await events.next()
  return value.data.noteCollection.edges.map(({ node }: Notes['noteCollection']['edges'][number]) => node.body)
}

const notes = { query: 'subscription { noteCollection(orderBy: [{id: AscNullsLast}]) { edges { node { body } } } }' }

test('a user hears of their own rows, whoever changes them', async () => {
  const [ada, ben] = [await signedIn('ada'), await signedIn('ben')]
  const client = connect({ apikey: key(), Authorization: `Bearer ${ada.token}` })
  const events = client.iterate<Notes>(notes)
  expect(await bodies(events)).toEqual([])

  await ben.client.from('note').insert({ body: "ben's" })
  await ada.client.from('note').insert({ body: 'by the Data API' })
  expect(await bodies(events)).toEqual(['by the Data API'])

  const mutation = 'mutation { insertIntonoteCollection(objects: [{body: "by GraphQL"}]) { affectedCount } }'
  expect((await backend.graphql(mutation, {}, ada.client)).errors).toBeUndefined()
  expect(await bodies(events)).toEqual(['by the Data API', 'by GraphQL'])

  const sql = new pg.Client(backend.app.databaseUrl)
  await sql.connect()
  await sql.query(`begin; insert into note (owner, body) select owner, 'undone' from note; rollback`)
  await sql.query(`begin; update note set body = 'one'; savepoint s; delete from note; rollback to s; commit`)
  expect(await bodies(events)).toEqual(['one', 'one'])
  await sql.query('truncate note')
  expect(await bodies(events)).toEqual([])
  await sql.end()
  await client.dispose()
})

test('partitions wake whoever looks at the whole; what leaves no trace in the log is refused', async () => {
  const client = createSseClient({ url: `${backend.app.url}/graphql/v1`, headers: { apikey: key() }, retryAttempts: 0 })
  const events = client.iterate({ query: 'subscription { logCollection { edges { node { at } } } }' })
  expect((await events.next()).value).toEqual({ data: { logCollection: { edges: [] } } })
  const sql = new pg.Client(backend.app.databaseUrl)
  await sql.connect()
  await sql.query(`insert into log (at) values ('2026-05-05')`)
  expect((await events.next()).value).toEqual({ data: { logCollection: { edges: [{ node: { at: '2026-05-05' } }] } } })
  await sql.end()
  const refused = client.iterate({ query: 'subscription { fleetingCollection { edges { node { id } } } }' })
  expect((await refused.next()).value?.errors?.[0]?.extensions?.code).toBe('CHANGES_UNKNOWN')
  expect((await refused.next()).done).toBe(true)
  await events.return?.()
})

test('a backend that stops breaks its streams off, so that clients come back', async () => {
  const other = await createTestApp({ files })
  const url = `${other.app.url.replace('http', 'ws')}/graphql/v1`
  const { publishableKey } = other.app.config.keys
  let closed: ((event: unknown) => void) | undefined
  const gone = new Promise((resolve) => {
    closed = resolve
  })
  const client = createClient({
    ...{ url, webSocketImpl: WebSocket, connectionParams: { apikey: publishableKey }, retryAttempts: 0 },
    on: { closed: (event) => closed?.(event) },
  })
  const events = client.iterate(notes)
  await events.next()
  const stream = await fetch(
    `${other.app.url}/graphql/v1?apikey=${publishableKey}&query=${encodeURIComponent(notes.query)}`,
    {
      headers: { accept: 'text/event-stream' },
    },
  )
  const reading = stream.text()
  await Promise.all([other.close(), expect(reading).rejects.toThrow(), gone, events.next().catch(() => {})])
  await client.dispose()
})
