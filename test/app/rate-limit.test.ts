import { type Client, createClient } from 'graphql-ws'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createTestApp, type TestApp } from '../support/app.ts'

/** Requests of one user and of one address are counted, wherever they come in. */
let app: TestApp
beforeAll(async () => {
  app = await createTestApp({
    env: { PORTICO_TRUSTED_PROXIES: '127.0.0.1' },
    files: {
      'supabase/config.toml': `project_id = "limited"
        [api.rate_limit]
        user = 10
        address = 5
        [auth]
        enable_anonymous_sign_ins = true`,
      'supabase/migrations/1_note.sql':
        'create table note (id int primary key); grant select on note to anon, authenticated, service_role',
    },
  })
})
afterAll(() => app?.close())

const document = '{ noteCollection { edges { node { id } } } }'

async function signUp() {
  const client = app.client()
  await client.auth.signInAnonymously()
  const { data } = await client.auth.getSession()
  return { client, token: data.session?.access_token ?? '' }
}

/** From an address of the test's own, which a proxy names. */
function ask(path: string, { body, token, address = '192.0.2.1', key }: Asked = {}): Promise<Response> {
  return fetch(`${app.app.url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      'content-type': 'application/json',
      apikey: key ?? app.app.config.keys.publishableKey,
      'x-forwarded-for': address,
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
}

interface Asked {
  readonly body?: unknown
  readonly token?: string
  readonly address?: string
  readonly key?: string
}

const statuses = async (times: number, once: () => Promise<Response>) => {
  const all: number[] = []
  for (let i = 0; i < times; i++) all.push((await once()).status)
  return all
}

test('an address: GraphQL and the Data API together', async () => {
  const graphql = () => ask('/graphql/v1', { body: { query: document }, address: '192.0.2.2' })
  const rest = () => ask('/rest/v1/note', { address: '192.0.2.2' })
  expect(await statuses(3, graphql)).toEqual([200, 200, 200])
  expect(await statuses(3, rest)).toEqual([200, 200, 429])

  const refused = await graphql()
  expect(refused.status).toBe(429)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(await refused.json()).toEqual({
    errors: [{ message: 'Too many requests: try again later.', extensions: { code: 'RATE_LIMITED' } }],
  })
  const refusedRest = await rest()
  expect(Number(refusedRest.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(await refusedRest.json()).toMatchObject({ code: 'RATE_LIMITED' })
  // Others are not held up.
  expect((await ask('/rest/v1/note', { address: '192.0.2.3' })).status).toBe(200)
})

test('an IPv6 network of 64 bits is one address', async () => {
  const addresses = ['2001:db8::1', '2001:db8::2', '2001:db8:0:0:ffff::3', '2001:db8::4', '2001:db8::5']
  for (const address of addresses) expect((await ask('/rest/v1/note', { address })).status).toBe(200)
  expect((await ask('/rest/v1/note', { address: '2001:db8::6' })).status).toBe(429)
  expect((await ask('/rest/v1/note', { address: '2001:db8:0:1::6' })).status).toBe(200)
})

test('a user, from wherever, and no other one', async () => {
  const [ada, ben] = [await signUp(), await signUp()]
  let hop = 0
  const asAda = () => ask('/rest/v1/note', { token: ada.token, address: `198.51.100.${hop++}` })
  expect(await statuses(11, asAda)).toEqual([...Array.from({ length: 10 }, () => 200), 429])
  const { error } = await ada.client.from('note').select()
  expect(error?.code).toBe('RATE_LIMITED')
  expect((await ask('/rest/v1/note', { token: ben.token })).status).toBe(200)
})

test('a batch counts as its operations do', async () => {
  const { token } = await signUp()
  const batch = (size: number) =>
    ask('/graphql/v1', { token, body: Array.from({ length: size }, () => ({ query: document })) })
  expect((await batch(6)).status).toBe(200)
  expect((await batch(6)).status).toBe(429)
})

test.each<[how: string, body: (operations: string) => BodyInit]>([
  ['behind white space', (operations) => ` \r\n\t${operations}`],
  [
    'with room for files',
    (operations) => {
      const form = new FormData()
      form.append('operations', operations)
      form.append('map', '{}')
      return form
    },
  ],
])('a batch %s counts as one that begins the body', async (_, body) => {
  const { token } = await signUp()
  const operations = JSON.stringify(Array.from({ length: 6 }, () => ({ query: document })))
  const batch = () => {
    const given = body(operations)
    return fetch(`${app.app.url}/graphql/v1`, {
      method: 'POST',
      headers: {
        ...(typeof given === 'string' && { 'content-type': 'application/json' }),
        apikey: app.app.config.keys.publishableKey,
        authorization: `Bearer ${token}`,
      },
      body: given,
    })
  }
  expect(await statuses(2, batch)).toEqual([200, 429])
})

test('operations over a WebSocket count, too', async () => {
  const { token } = await signUp()
  const client: Client = createClient({
    url: `${app.app.url.replace('http', 'ws')}/graphql/v1`,
    webSocketImpl: WebSocket,
    connectionParams: { apikey: app.app.config.keys.publishableKey, authorization: `Bearer ${token}` },
    retryAttempts: 0,
  })
  const once = async () => {
    for await (const answer of client.iterate({ query: document })) return answer
    return undefined
  }
  for (let i = 0; i < 10; i++) expect(await once()).toEqual({ data: { noteCollection: { edges: [] } } })
  await expect(once()).rejects.toMatchObject([{ extensions: { code: 'RATE_LIMITED' } }])
  await client.dispose()
})

test('the service role is not counted', async () => {
  const key = app.app.config.keys.secretKey
  const asService = () => ask('/rest/v1/note', { key, address: '192.0.2.9' })
  expect(await statuses(12, asService)).toEqual(Array.from({ length: 12 }, () => 200))
})
