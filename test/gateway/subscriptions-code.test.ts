import { createClient as createSseClient } from 'graphql-sse'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { useDatabase } from '../support/database.ts'
import { createTestGateway, type TestGateway } from '../support/gateway.ts'
import { type Door, openDoor, sign } from '../support/live.ts'
import { greetedClient, subscribeTo } from '../support/live-client.ts'
import { useSchemaFolder } from '../support/project-folder.ts'

/** Events of the project's own fields, by generators that end, fail, or wait for something. */

const counting = `export default (builder) => {
  builder.subscriptionField('counts', (t) => t.int({
    args: { to: t.arg.int({ required: true }) },
    async *subscribe(_root, { to }) { for (let n = 1; n <= to; n++) yield n },
    resolve: (n) => n }))
}`
const others = `export default (builder) => {
  builder.subscriptionField('fails', (t) => t.int({
    async *subscribe() { yield 1; throw new Error('connect failed: postgres://app:hunter2@db') },
    resolve: (n) => n }))
  builder.subscriptionField('waits', (t) => t.int({
    async *subscribe() { yield 1; await new Promise(() => {}); yield 2 },
    resolve: (n) => n }))
}`

const database = useDatabase('create table thing (id int primary key)')
const schemaFolder = useSchemaFolder({ 'counting.js': counting, 'others.js': others })
let gateway: TestGateway
let door: Door

beforeAll(async () => {
  gateway = await createTestGateway(database, {
    mode: 'production',
    schemaFolder,
    settings: { maxSubscriptionsPerClient: 3, maxSubscriptionsPerConnection: 3 },
  })
  door = await openDoor(gateway.gateway)
})
afterAll(async () => {
  await gateway?.close()
  await door?.close()
})

const sse = async (query: string, token?: string) => {
  const headers = { apikey: door.key, ...(token && { authorization: `Bearer ${token}` }) }
  const events: unknown[] = []
  for await (const event of createSseClient({ url: door.url, headers, retryAttempts: 0 }).iterate({ query }))
    events.push(event)
  return events
}
const socket = async (query: string) => {
  const client = await greetedClient(door)
  client.say(subscribeTo('1', query))
  const events: unknown[] = []
  for (let heard = await client.hear('1'); heard.type === 'next'; heard = await client.hear('1'))
    events.push(heard.payload)
  client.socket.close()
  await client.closed
  return events
}

test('a field is all that a file has to add, and queries go on', async () => {
  expect((await gateway.graphql('{ thingCollection { edges { cursor } } }')).errors).toBeUndefined()
  const answers = [1, 2, 3].map((counts) => ({ data: { counts } }))
  expect(await sse('subscription { counts(to: 3) }')).toEqual(answers)
  expect(await socket('subscription { counts(to: 3) }')).toEqual(answers)
})

test('where no file adds one, there is nothing to subscribe to but tables', async () => {
  const sdl = await gateway.gateway.printSchema('anon')
  expect(sdl).toMatch(/type Subscription \{/)
  const without = await createTestGateway(database, { settings: { subscriptions: false } })
  expect(await without.gateway.printSchema('anon')).not.toContain('Subscription')
  await without.close()
})

test.each([
  ['an event stream', sse],
  ['a WebSocket', socket],
])('one that fails says no more than that over %s, and gives its place back', async (_name, events) => {
  for (let n = 0; n < 5; n++) {
    const [first, second, ...more] = await events('subscription { fails }')
    expect(first).toEqual({ data: { fails: 1 } })
    expect(second).toMatchObject({ errors: [{ message: 'Unexpected error.' }] })
    expect(JSON.stringify(second)).not.toContain('hunter2')
    expect(more).toEqual([])
  }
})

test('one that waits for something is left at once', async () => {
  const client = await greetedClient(door)
  for (let n = 0; n < 8; n++) {
    client.say(subscribeTo(`${n}`, 'subscription { waits }'))
    expect(await client.hear(`${n}`)).toMatchObject({ type: 'next' })
    client.say({ id: `${n}`, type: 'complete' })
  }
  client.socket.close()
  await client.closed
})

test('a stream of one that waits ends with its token, and leaves no timer', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
  await sse('subscription { counts(to: 1) }')
  const before = timers()
  for (let n = 0; n < 5; n++) {
    const left = new AbortController()
    const response = await fetch(
      `${door.url}?apikey=${door.key}&query=${encodeURIComponent('subscription { waits }')}`,
      {
        headers: { accept: 'text/event-stream' },
        signal: left.signal,
      },
    )
    await response.body?.getReader().read()
    left.abort()
  }
  await expect.poll(timers).toBeLessThan(before + 5)
  const events = await sse('subscription { waits }', await sign({ sub: 'z' }, 1))
  expect(events.at(-1)).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
})
