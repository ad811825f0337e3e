import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'

/** Clients go away at bad moments: each route, at each of them, and the backend is as it was before. */
let backend: TestApp
let key = ''

beforeAll(async () => {
  backend = await createTestApp({
    files: {
      'supabase/migrations/1_big.sql': `
        create table public.big (id int primary key, body text);
        grant all on public.big to service_role;
        insert into public.big select i, repeat('x', 100000) from generate_series(1, 40) i;
        create table public.wide (id int primary key, body text);
        grant all on public.wide to service_role;
        insert into public.wide select 1, string_agg(md5(i::text), '') from generate_series(1, 40000) i;`,
      'supabase/functions/echo/index.ts': 'Deno.serve((request) => new Response(request.body))',
    },
  })
  key = backend.app.config.keys.secretKey
  await ask('POST', '/storage/v1/bucket', '{"id":"files","name":"files","public":true}')
  await ask('POST', '/storage/v1/object/files/big', 'x'.repeat(4_000_000), 'application/octet-stream')
  // Connections that are made once and kept are there before anything is counted.
  for (const [, [method, path, body]] of routes) {
    await Promise.all(Array.from({ length: 10 }, () => ask(method, path, body)))
  }
})
afterAll(() => backend?.close())

const graphql = '{"query":"{ bigCollection { edges { node { id body } } } }"}'
const routes = [
  ['GraphQL', ['POST', '/graphql/v1', graphql]],
  ['the Data API', ['GET', '/rest/v1/big?select=*', '']],
  ['a write to the Data API', ['POST', '/rest/v1/big', JSON.stringify({ id: 1, body: 'x'.repeat(100_000) })]],
  ['Auth', ['POST', '/auth/v1/token?grant_type=password', '{"email":"ada@example.com","password":"wrong"}']],
  ['a download', ['GET', '/storage/v1/object/public/files/big', '']],
  ['an upload', ['POST', '/storage/v1/object/files/new', 'x'.repeat(300_000)]],
  ['a function', ['POST', '/functions/v1/echo', 'x'.repeat(300_000)]],
  ['nothing', ['POST', '/nowhere', '{}']],
] as const

const moments = ['in the head', 'after the head', 'in the body', 'with the answer under way'] as const

describe.each(routes)('%s', (_, [method, path, body]) => {
  test.each(moments)('is left %s', async (moment) => {
    const before = descriptors()
    await Promise.all(Array.from({ length: 10 }, () => leave(moment, method, path, body)))
    expect((await fetch(`${backend.app.url}/health`)).status).toBe(200)
    await expect.poll(descriptors).toBeLessThanOrEqual(before + slack)
    expect((await ask(method, path, body)).status).toBeLessThan(500)
  })
})

test('a large answer of GraphQL is left at any moment, and no connection to the database waits for ever', async () => {
  const [method, path, body] = ['POST', '/graphql/v1', '{"query":"{ wideCollection { edges { node { id body } } } }"}']
  for (let i = 0; i < 3; i++) await ask(method, path, body)
  for (let ms = 0; ms < 40; ms++) await leave('after so many milliseconds', method, path, body, '', ms)
  const stuck = async () => {
    const client = new pg.Client(backend.app.databaseUrl)
    await client.connect()
    const { rows } = await client.query("select count(*)::int from pg_stat_activity where wait_event = 'ClientWrite'")
    await client.end()
    return rows[0].count
  }
  await expect.poll(stuck).toBe(0)
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(method, path, body)))
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
})

test.each(['/functions/v1/echo', '/realtime/v1/websocket', '/nowhere'])('a WebSocket at %s is left', async (path) => {
  const before = descriptors()
  for (let i = 0; i < 10; i++)
    await leave('after the head', 'GET', path, '', 'connection: upgrade\r\nupgrade: websocket\r\n')
  expect((await fetch(`${backend.app.url}/health`)).status).toBe(200)
  await expect.poll(descriptors).toBeLessThanOrEqual(before + slack)
})

/** What may be open at any moment: the connections of this test to the server, both ends of each. */
const slack = 12

function descriptors(): number {
  return existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd').length : 0
}

function ask(method: string, path: string, body: string, type = 'application/json'): Promise<Response> {
  const headers = { apikey: key, authorization: `Bearer ${key}`, 'content-type': type, 'x-upsert': 'true' }
  return fetch(backend.app.url + path, { method, headers, ...(body !== '' && { body }) }).then(async (response) => {
    await response.arrayBuffer()
    return response
  })
}

/** Begins a request and resets its connection at a moment of it. */
async function leave(
  moment: (typeof moments)[number] | 'after so many milliseconds',
  method: string,
  path: string,
  body: string,
  more = '',
  ms = 0,
) {
  const socket = connect(Number(new URL(backend.app.url).port), '127.0.0.1')
  socket.on('error', () => {})
  const closed = next(socket, 'close')
  await once(socket, 'connect')
  const head = `${method} ${path} HTTP/1.1\r\nhost: localhost\r\napikey: ${key}\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\nx-upsert: true\r\n${more}`
  if (moment === 'in the head') socket.write(head)
  else if (moment === 'after so many milliseconds') {
    socket.write(`${head}content-length: ${body.length}\r\n\r\n${body}`)
    await setTimeout(ms)
  } else if (body === '' || moment !== 'with the answer under way') {
    socket.write(`${head}${body === '' ? '' : `content-length: ${body.length + 1}\r\n`}\r\n`)
    if (moment === 'in the body') socket.write(body)
    if (moment === 'with the answer under way') await Promise.race([next(socket, 'data'), closed])
  } else {
    socket.write(`${head}content-length: ${body.length}\r\n\r\n${body}`)
    await Promise.race([next(socket, 'data'), closed])
  }
  // What was written is on its way; a reset does not wait for it.
  if (socket.writableLength > 0) await Promise.race([next(socket, 'drain'), closed])
  socket.resetAndDestroy()
  await closed
}

/** Whatever else happens: the server may be the first to reset it. */
function next(socket: Socket, event: 'data' | 'drain' | 'close'): Promise<unknown> {
  return new Promise((resolve) => socket.once(event, resolve))
}
