import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'
import { startConsumer } from './events-fixture.ts'

let backend: TestApp
let isUp = false
const consumer = await startConsumer(() => (isUp ? 200 : 500))
const project = {
  'supabase/config.toml': 'project_id = "events"\n',
  'supabase/migrations/1_orders.sql': `create table public.orders (id int primary key);
    alter table public.orders enable row level security;
    create policy p on public.orders to authenticated, anon using (true) with check (true);
    create trigger hook after insert on public.orders for each row execute function
      supabase_functions.http_request('${consumer.url}', 'POST', '{"X-Portico-Max-Attempts": "1", "Authorization": "secret"}');`,
}
beforeAll(async () => {
  backend = await createTestApp({ files: project })
})
afterAll(async () => {
  await backend?.close()
  await consumer[Symbol.asyncDispose]()
})

const ask = async (document: string, key: string): Promise<{ data?: Anything; errors?: Anything[] }> => {
  const response = await fetch(`${backend.app.url}/graphql/v1`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', apikey: key },
    body: JSON.stringify({ query: document }),
  })
  return (await response.json()) as { data?: Anything; errors?: Anything[] }
}
type Anything = ReturnType<typeof JSON.parse>

const dead = `{ porticoEventCollection(filter: {state: {eq: "dead"}}) {
  totalCount edges { node { id eventId source name key attempts lastStatus lastError url } } } }`

describe('the event log in GraphQL', () => {
  test('the service role lists dead letters and replays one', async () => {
    const { serviceRoleKey } = backend.app.config.keys
    await ask('mutation { insertIntoordersCollection(objects: [{id: 1}]) { affectedCount } }', serviceRoleKey)
    await expect.poll(async () => (await ask(dead, serviceRoleKey)).data?.porticoEventCollection.totalCount).toBe(1)
    const { data } = await ask(dead, serviceRoleKey)
    const { node } = data.porticoEventCollection.edges[0]
    expect(node).toMatchObject({
      source: 'webhook',
      name: 'public.orders.hook',
      key: 'public.orders.hook [1]',
      attempts: 1,
      lastStatus: 500,
      lastError: 'HTTP 500: ',
      url: consumer.url,
    })
    isUp = true
    const replayed = await ask(`mutation { replayEvent(id: "${node.id}") { state eventId } }`, serviceRoleKey)
    expect(replayed).toMatchObject({ data: { replayEvent: { state: 'pending', eventId: node.eventId } } })
    const delivered = '{ porticoEventCollection(filter: {state: {eq: "delivered"}}) { totalCount } }'
    await expect
      .poll(async () => (await ask(delivered, serviceRoleKey)).data?.porticoEventCollection.totalCount)
      .toBe(1)
  })

  test('nobody else sees any of it, and nobody the headers', async () => {
    const { serviceRoleKey, anonKey } = backend.app.config.keys
    expect((await ask(dead, anonKey)).errors?.[0].message).toMatch(/Cannot query field "porticoEventCollection"/)
    expect((await ask('mutation { replayEvent(id: "1") { state } }', anonKey)).errors?.[0].message).toMatch(
      /Cannot query/,
    )
    const headers = '{ porticoEventCollection { edges { node { headers } } } }'
    expect((await ask(headers, serviceRoleKey)).errors?.[0].message).toMatch(/Cannot query field "headers"/)
  })
})
