import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'
import { cloneDatabase, type TestDatabase } from '../support/database.ts'
import { startUpstream, type Upstream } from './upstream.ts'

/** What passes through to a Data API elsewhere counts with what GraphQL answers here. */
let upstream: Upstream
let database: TestDatabase
let front: TestApp
const keys = { publishable: 'sb_publishable_of_the_project', secret: 'sb_secret_of_the_gateway' }
const jwtSecret = 'the shared secret of the project, which signs'

beforeAll(async () => {
  ;[upstream, database] = await Promise.all([startUpstream(), cloneDatabase()])
  const { socketFolder, port } = inject('postgres')
  front = await createTestApp({
    files: { 'supabase/config.toml': '[api.rate_limit]\nuser = 4\naddress = 3\n' },
    env: {
      PORTICO_TRUSTED_PROXIES: '127.0.0.1',
      SUPABASE_URL: upstream.url,
      SUPABASE_PUBLISHABLE_KEY: keys.publishable,
      SUPABASE_SECRET_KEY: keys.secret,
      SUPABASE_JWT_SECRET: jwtSecret,
      DATABASE_URL: `postgresql://authenticator@localhost:${port}/${database.name}?host=${socketFolder}`,
    },
  })
})
afterAll(async () => {
  await front?.close()
  await upstream?.close()
  await database?.drop()
})

interface Asked {
  readonly path?: string
  readonly method?: string
  readonly key?: string
  readonly token?: string
  readonly address: string
}

function ask({ path = '/rest/v1/notes', method = 'GET', key = keys.publishable, token, address }: Asked) {
  return fetch(`${front.app.url}${path}`, {
    method,
    headers: {
      'content-type': 'application/json',
      apikey: key,
      'x-forwarded-for': address,
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...(method === 'POST' && { body: '{"query":"{ __typename }"}' }),
  })
}

async function statuses(times: number, asked: (time: number) => Asked): Promise<number[]> {
  const all: number[] = []
  for (let time = 0; time < times; time++) all.push((await ask(asked(time))).status)
  return all
}

const tokenOf = (sub: string, secret = jwtSecret) =>
  new SignJWT({ role: 'authenticated', sub })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('1h')
    .sign(Buffer.from(secret))

test('an address: GraphQL and the Data API together', async () => {
  const address = '192.0.2.1'
  expect((await ask({ path: '/graphql/v1', method: 'POST', address })).status).toBe(200)
  expect(await statuses(2, () => ({ address }))).toEqual([200, 200])
  const passed = upstream.seen.length
  const refused = await ask({ address, method: 'POST' })
  expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([429, '*'])
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(await refused.json()).toEqual({
    code: 'RATE_LIMITED',
    details: null,
    hint: null,
    message: 'Too many requests: try again later.',
  })
  expect((await ask({ path: '/graphql/v1', method: 'POST', address })).status).toBe(429)
  expect(upstream.seen.length).toBe(passed)
  expect((await ask({ address: '192.0.2.2' })).status).toBe(200)
})

test('a user, from wherever, and no other one', async () => {
  const [ada, ben] = [await tokenOf(randomUUID()), await tokenOf(randomUUID())]
  const asAda = (time: number) => ({ token: ada, address: `198.51.100.${time}` })
  expect(await statuses(5, asAda)).toEqual([200, 200, 200, 200, 429])
  expect((await ask({ token: ben, address: '198.51.100.1' })).status).toBe(200)
})

test('whom nobody here vouches for is no user: names that are made up count as one address', async () => {
  const forged = await Promise.all(Array.from({ length: 4 }, () => tokenOf(randomUUID(), 'a secret of somebody else')))
  const address = '192.0.2.3'
  expect(await statuses(4, (time) => ({ token: forged[time] ?? '', address }))).toEqual([200, 200, 200, 429])
  // A key that is not known here may be another one of the project: what it is, the other side says.
  const unknown = { key: 'sb_secret_of_somebody', address: '192.0.2.4' }
  expect(await statuses(4, () => unknown)).toEqual([200, 200, 200, 429])
})

test.each<[what: string, asked: Omit<Asked, 'address'>]>([
  ['the service role', { key: keys.secret }],
  ['other services, which count by themselves', { path: '/storage/v1/bucket' }],
  ['what a browser asks beforehand', { method: 'OPTIONS' }],
])('%s: not counted', async (_, asked) => {
  expect(await statuses(5, () => ({ ...asked, address: '192.0.2.5' }))).toEqual([200, 200, 200, 200, 200])
})
