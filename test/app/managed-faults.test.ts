import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createClient } from '@supabase/supabase-js'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, expect, inject, onTestFinished, test, vi } from 'vitest'
import type { Observation } from '#observe'
import { managedFetch } from '../../src/app/managed-fetch.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { cloneDatabase, type TestDatabase } from '../support/database.ts'

/** What clients of GraphQL are told of services elsewhere that are away, late, or somebody else. */
type Behave = (req: IncomingMessage, res: ServerResponse) => void
let behave: Behave = (_req, res) => void res.end('{}')
const elsewhere = createServer((req, res) => behave(req, res))
const jwtSecret = 'the shared secret of the project, which signs'
const seen: Observation[] = []
let database: TestDatabase
let front: TestApp
let token: string

beforeAll(async () => {
  elsewhere.listen(0, '127.0.0.1')
  await once(elsewhere, 'listening')
  database = await cloneDatabase()
  const { socketFolder, port } = inject('postgres')
  front = await createTestApp({
    files: { 'supabase/config.toml': '' },
    observe: (observation) => void seen.push(observation),
    env: {
      SUPABASE_URL: urlOf(),
      SUPABASE_PUBLISHABLE_KEY: 'sb_publishable_of_the_project',
      SUPABASE_SECRET_KEY: 'sb_secret_of_the_gateway',
      SUPABASE_JWT_SECRET: jwtSecret,
      DATABASE_URL: `postgresql://authenticator@localhost:${port}/${database.name}?host=${socketFolder}`,
    },
  })
  token = await new SignJWT({ role: 'authenticated', sub: '11111111-1111-4111-8111-111111111111' })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('1h')
    .sign(Buffer.from(jwtSecret))
})
afterAll(async () => {
  await front?.close()
  elsewhere.closeAllConnections()
  elsewhere.close()
  await database?.drop()
})
beforeEach(() => {
  seen.length = 0
})

const urlOf = () => `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`

async function ask(query: string) {
  const response = await fetch(`${front.app.url}/graphql/v1`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query }),
  })
  const { errors = [] } = (await response.json()) as { errors?: { message: string; extensions: object }[] }
  return errors.map(({ message, extensions }) => ({ message, ...extensions }))
}

const answering =
  (status: number, type: string, body: string): Behave =>
  (_req, res) =>
    void res.writeHead(status, { 'content-type': type }).end(body)
const page = '<html><h1>Welcome</h1> to secret-host.internal</html>'

const away: readonly (readonly [what: string, behave: Behave])[] = [
  ['a connection that breaks', (req) => void req.socket.destroy()],
  ['a page of somebody else', answering(200, 'text/html', page)],
  ['half of an answer', answering(200, 'application/json', '{"id":')],
  ['an empty answer', answering(200, 'application/json', '')],
]
const fields: readonly (readonly [service: string, query: string])[] = [
  ['auth', 'mutation { signInWithPassword(email: "a@example.com", password: "secret") { user { id } } }'],
  ['auth', '{ viewer { id } }'],
  ['storage', '{ storageObjects(bucket: "files") { name } }'],
  ['storage', 'mutation { createSignedUrl(bucket: "files", path: "a.txt") }'],
]

test.each(
  away.flatMap(([what, behaviour]) => fields.map(([service, query]) => [what, service, query, behaviour] as const)),
)('%s, of %s: %s', async (_what, _service, query, behaviour) => {
  behave = behaviour
  expect(await ask(query)).toEqual([
    { code: 'BAD_GATEWAY', status: 502, message: 'The managed service cannot be reached.' },
  ])
})

test.each<[what: string, behave: Behave, query: string, told: object]>([
  [
    "the proxy's own words",
    answering(503, 'application/json', '{"message":"name resolution failed"}'),
    '{ storageObjects(bucket: "files") { name } }',
    { code: 'SERVICE_ERROR', status: 503, message: 'name resolution failed' },
  ],
  [
    'a page with a status',
    answering(502, 'text/html', page),
    '{ viewer { id } }',
    { code: 'SERVICE_ERROR', status: 502, message: 'Bad Gateway' },
  ],
  [
    'a key that is not the project’s',
    answering(401, 'application/json', '{"message":"Invalid API key"}'),
    'mutation { resetPassword(email: "a@example.com") }',
    { code: 'SERVICE_ERROR', status: 401, message: 'Invalid API key' },
  ],
  [
    'a function that breaks off',
    (req) => void req.socket.destroy(),
    'mutation { invokeFunction(name: "hello") }',
    { code: 'NOT_READY', message: 'The function hello could not be invoked.' },
  ],
])('%s', async (_what, behaviour, query, told) => {
  behave = behaviour
  expect(await ask(query)).toEqual([told])
})

test('why it was is in the log', async () => {
  behave = (req) => void req.socket.destroy()
  await ask('{ storageObjects(bucket: "files") { name } }')
  const text = 'a request to the managed service storage failed'
  expect(seen).toContainEqual(
    expect.objectContaining({ kind: 'message', level: 'warn', text, error: expect.any(Error) }),
  )
})

test('a service that never answers is given up', async () => {
  const asked = Promise.withResolvers<IncomingMessage>()
  behave = (req) => asked.resolve(req)
  const observed: Observation[] = []
  const call = managedFetch({
    from: 'https://api.example.com',
    to: urlOf(),
    observe: (observation) => void observed.push(observation),
    patience: () => 20,
  })
  await expect(call('https://api.example.com/auth/v1/user')).rejects.toThrow('no answer began for 20 ms')
  const { url, socket } = await asked.promise
  expect(url).toBe('/auth/v1/user')
  if (!socket.destroyed) await once(socket, 'close')
  expect(observed).toMatchObject([{ text: 'a request to the managed service auth failed' }])
})

test('one that has begun may take its time', async () => {
  const begun = Promise.withResolvers<ServerResponse>()
  behave = (_req, res) => {
    res.write('one ')
    begun.resolve(res)
  }
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const [from, observe, patience] = ['https://api.example.com', () => {}, () => 1000]
  const response = await managedFetch({ from, to: urlOf(), observe, patience })(`${from}/functions/v1/slow`)
  const text = response.text()
  vi.advanceTimersByTime(2000)
  ;(await begun.promise).end('two')
  expect(await text).toBe('one two')
})

test('what is uploaded takes its time, what is asked does not', async () => {
  behave = (req, res) => void req.resume().on('end', () => res.setHeader('content-type', 'application/json').end('{}'))
  const asked: (readonly [path: string, isUpload: boolean])[] = []
  const from = 'https://api.example.com'
  const patience = (path: string, isUpload: boolean) => {
    asked.push([path, isUpload])
    return 60_000
  }
  const call = managedFetch({ from, to: urlOf(), observe: () => {}, patience })
  const storage = createClient(from, 'sb_publishable_1', { global: { fetch: call } }).storage.from('files')
  await storage.upload('a.txt', new Blob(['a']))
  await storage.list()
  await storage.download('a.txt')
  expect(asked).toEqual([
    ['/storage/v1/object/files/a.txt', true],
    ['/storage/v1/object/list/files', false],
    ['/storage/v1/object/files/a.txt', false],
  ])
})
