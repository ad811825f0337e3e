import { createClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'
import { exchange } from '../support/exchange.ts'

const files = {
  'supabase/config.toml': 'project_id = "door"\n[storage]\nfile_size_limit = "1MiB"\n',
  'supabase/migrations/20260101000000_notes.sql': `
    create table note (id int primary key, body text);
    alter table note enable row level security;
    create policy "signed-in users read" on note for select to authenticated using (true);
    create function whoami() returns text stable language sql as $$ select current_setting('role') $$;
    create function asked() returns text stable language sql
      as $$ select current_setting('request.method') || ' ' || current_setting('request.path') || ' ' || (current_setting('request.headers')::json ->> 'x-mine') $$;
    insert into note values (1, 'secret');`,
}

let backend: TestApp
let keys: TestApp['app']['config']['keys']
const at = (path: string, init?: RequestInit) => fetch(backend.app.url + path, init)

beforeAll(async () => {
  backend = await createTestApp({ files })
  keys = backend.app.config.keys
})
afterAll(() => backend?.close())

async function whoami(headers: Record<string, string>): Promise<[status: number, role: unknown]> {
  const response = await at('/graphql/v1', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: '{"query":"{ whoami }"}',
  })
  const body = (await response.json()) as { data?: { whoami: string }; code?: string; message?: string }
  return [response.status, body.data?.whoami ?? body.code ?? body.message]
}

describe('apikey and Authorization', () => {
  test.each([
    ['nothing', {}, [200, 'anon']],
    ['a publishable key', { apikey: 'publishable' }, [200, 'anon']],
    ['a secret key', { apikey: 'secret' }, [200, 'service_role']],
    ['the legacy anon key', { apikey: 'anon' }, [200, 'anon']],
    ['the legacy service key', { apikey: 'service' }, [200, 'service_role']],
    ['a key as bearer', { authorization: 'Bearer secret' }, [200, 'service_role']],
    ['a key as bearer, in small letters', { authorization: 'bearer secret' }, [200, 'service_role']],
    ['a key as bearer behind other blanks', { authorization: 'Bearer \t\xa0secret' }, [200, 'service_role']],
    ['a bearer and one more word', { authorization: 'Bearer x secret' }, [200, 'anon']],
    ['a bearer and one more word behind a tab', { authorization: 'Bearer x\tsecret' }, [200, 'anon']],
    ['a scheme without anything', { authorization: 'Bearer' }, [200, 'anon']],
    ['a key and a bearer of more', { apikey: 'anon', authorization: 'Bearer service' }, [200, 'service_role']],
    ['an unknown key', { apikey: 'sb_secret_forged' }, [401, 'Invalid API key']],
    ['a key that is no key', { apikey: 'hello' }, [401, 'Invalid API key']],
    ['a bearer that is no token', { authorization: 'Bearer x.y.z' }, [401, 'UNAUTHENTICATED']],
    ['an unsigned token', { authorization: `Bearer ${unsigned({ role: 'service_role' })}` }, [401, 'UNAUTHENTICATED']],
  ] as const)('%s', async (_name, headers, expected) => {
    const known: Record<string, string> = {
      publishable: keys.publishableKey,
      secret: keys.secretKey,
      anon: keys.anonKey,
      service: keys.serviceRoleKey,
    }
    const real = Object.entries(headers as Record<string, string>).map(([name, value]) => [
      name,
      value.replace(/\b(publishable|secret|anon|service)$/, (word) => known[word] ?? word),
    ])
    expect(await whoami(Object.fromEntries(real))).toEqual(expected)
  })
})

describe('a key in the query string', () => {
  test.each([
    ['publishableKey', [200, 'anon']],
    ['secretKey', [200, 'service_role']],
    ['nobody’s', [401, 'Invalid API key']],
  ] as const)('%s', async (name, expected) => {
    const key = name === 'nobody’s' ? 'sb_secret_forged' : keys[name]
    const response = await at(`/graphql/v1?query=${encodeURIComponent('{ whoami }')}&apikey=${key}`)
    const body = (await response.json()) as { data?: { whoami: string }; message?: string }
    expect([response.status, body.data?.whoami ?? body.message]).toEqual(expected)
  })
})

describe('services', () => {
  test('are reached by supabase-js under an opaque key', async () => {
    const admin = createClient(backend.app.url, keys.secretKey)
    expect((await admin.storage.createBucket('files')).error).toBeNull()
    expect((await admin.auth.admin.listUsers()).error).toBeNull()
    const visitor = backend.client()
    expect((await visitor.storage.createBucket('mine')).error?.message).toMatch(/row-level security/)
    expect((await visitor.auth.admin.listUsers()).error?.status).toBe(403)
  })

  test('see the request in SQL', async () => {
    const response = await at('/graphql/v1', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-mine': 'yes' },
      body: '{"query":"{ asked }"}',
    })
    expect(await response.json()).toEqual({ data: { asked: 'POST /graphql/v1 yes' } })
  })

  test.each(['/', '/auth', '/nothing/v1', '/graphql/v10', '/../etc/passwd'])('%s is not found', async (path) => {
    const response = await at(path)
    expect([response.status, await response.json()]).toMatchObject([404, { code: 'NOT_FOUND' }])
  })
})

describe('what every answer has', () => {
  test.each(['/graphql/v1', '/auth/v1/health', '/storage/v1/bucket'])('CORS at %s', async (path) => {
    const preflight = await at(path, {
      method: 'OPTIONS',
      headers: {
        origin: 'http://app.test',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'apikey,x-client-info',
      },
    })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*')
    expect(preflight.headers.get('access-control-allow-headers')).toBe('apikey,x-client-info')
    const response = await at(path, { headers: { origin: 'http://app.test' } })
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
  })

  test('a request id, the caller’s where it is harmless', async () => {
    expect((await at('/health')).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect((await at('/health', { headers: { 'x-request-id': 'trace-1' } })).headers.get('x-request-id')).toBe(
      'trace-1',
    )
    const hostile = await at('/health', { headers: { 'x-request-id': 'a{"level":"error"}' } })
    expect(hostile.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  })
})

describe('the operator’s endpoints', () => {
  test('health', async () => {
    const response = await at('/health')
    expect([response.status, await response.json()]).toEqual([200, { status: 'ready' }])
  })

  test('metrics', async () => {
    await whoami({})
    const text = await (await at('/metrics')).text()
    expect(text).toMatch(
      /portico_http_request_duration_seconds_count\{route="graphql",method="POST",status="200"\} \d+/,
    )
  })

  test('GraphiQL, whole, without a CDN', async () => {
    const response = await at('/graphql/v1', { headers: { accept: 'text/html' } })
    expect(response.headers.get('content-type')).toMatch('text/html')
    const page = await response.text()
    expect(page).toContain(keys.publishableKey)
    expect(page).toContain('noteCollection(first: 5)')
    expect(page.match(/(?:src|href)="https?:[^"]*"/g)).toBeNull()
  })
})

describe('a hostile client', () => {
  test('an operation larger than allowed is refused', async () => {
    const response = await at('/graphql/v1', { method: 'POST', body: 'x'.repeat(11 * 1024 * 1024) })
    expect([response.status, await response.json()]).toMatchObject([413, { code: 'PAYLOAD_TOO_LARGE' }])
  })

  test('the connection is not reused behind a body that was not read', async () => {
    for (let i = 0; i < 5; i++) {
      const response = await at('/storage/v1/object/files/refused.bin', { method: 'POST', body: Buffer.alloc(900_000) })
      expect(response.status).toBe(400)
      expect((await at('/health')).status).toBe(200)
    }
  })

  test.each([
    ['GET', '/graphql/v1?query=%7Bwhoami%7D'],
    ['POST', '/graphql/v1'],
    ['GET', '/auth/v1/health'],
  ])('a Host header that names no host: %s %s', async (method, path) => {
    const answer = await raw(
      `${method} ${path} HTTP/1.1\r\nhost: a b\\c\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`,
    )
    expect(answer).toMatch(/^HTTP\/1.1 400 /)
    expect(answer).toContain('{"code":"BAD_REQUEST","message":"The Host header names no host."}')
  })

  test('an upload that nobody reads is answered', async () => {
    const parts = Array.from({ length: 4 }, () =>
      at('/nowhere', { method: 'POST', body: new Uint8Array(8 * 1024 * 1024) }),
    )
    expect((await Promise.all(parts)).map(({ status }) => status)).toEqual([404, 404, 404, 404])
  })

  test('HTTP/1.0, which knows no Host header, is served', async () => {
    expect(await raw('GET /auth/v1/health HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1.1 200 /)
  })

  test('a form of files without an operation', async () => {
    const form = new FormData()
    form.set('operations', 'null')
    form.set('map', '{"0":["a.b"]}')
    form.set('0', new Blob(['x']))
    const response = await at('/graphql/v1', { method: 'POST', body: form })
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual({
      errors: [{ message: expect.stringContaining('operations'), extensions: { code: 'BAD_REQUEST' } }],
    })
  })

  test.each([
    ['not JSON', '{', 400],
    ['no document', '{}', 200],
    ['a syntax error', '{"query":"{"}', 200],
    ['a document that is a number', '{"query":5}', 400],
  ])('%s', async (_name, body, status) => {
    const response = await at('/graphql/v1', { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    expect(response.status).toBe(status)
    const { errors } = (await response.json()) as { errors: { message: string }[] }
    expect(errors.length).toBeGreaterThan(0)
    expect(JSON.stringify(errors)).not.toMatch(/node_modules|\bat .*:\d+:\d+/)
  })
})

test('the root tells a browser where everything is', async () => {
  const page = await at('/', { headers: { accept: 'text/html' } })
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
  const urls = [...(await page.text()).matchAll(/href="([^"]+)"/g)].map(([, url = '']) => url)
  expect(urls).toContain(`${backend.app.url}/graphql/v1`)
  for (const url of urls) expect(url).toMatch(/^http:/)
  expect((await at('/')).status).toBe(404)
})

test('Realtime says that it wants a WebSocket', async () => {
  const response = await at('/realtime/v1/websocket')
  expect([response.status, await response.json()]).toEqual([426, { message: 'Upgrade Required' }])
})

test('GraphiQL is sent compressed, once', async () => {
  const ask = (headers: Record<string, string>) => at('/graphql/v1', { headers: { accept: 'text/html', ...headers } })
  const page = await ask({ 'accept-encoding': 'gzip' })
  expect(page.headers.get('content-encoding')).toBe('gzip')
  expect(await page.text()).toContain('GraphiQL')
  const etag = page.headers.get('etag') ?? ''
  expect((await ask({ 'accept-encoding': 'gzip', 'if-none-match': etag })).status).toBe(304)
  const plain = await ask({ 'accept-encoding': 'identity' })
  expect(plain.headers.get('content-encoding')).toBe(null)
  expect(await plain.text()).toContain('GraphiQL')
})

test.each(['/auth/v1/health', '/rest/v1/', '/nowhere'])('TRACE %s is refused', async (path) => {
  expect(await raw(`TRACE ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`)).toMatch(/^HTTP\/1.1 405 /)
})

/** What the server says to these bytes. */
// As curl sends it: no body, and no word of one.
test.each([
  ['POST /rest/v1/rpc/whoami', 200],
  ['DELETE /rest/v1/note?id=eq.2', 204],
  ['OPTIONS /rest/v1/note', 200],
  ['POST /rest/v1/note', 400],
  ['POST /graphql/v1', 415],
  ['POST /functions/v1/nothing', 404],
  ['DELETE /storage/v1/bucket/nothing', 400],
  ['POST /storage/v1/object/list/nothing', 400],
  ['POST /auth/v1/logout', 403],
  ['POST /auth/v1/token?grant_type=password', 400],
  ['POST /portico/v1/nothing', 401],
  ['POST /nowhere', 404],
])('%s without a body is answered', async (line, status) => {
  const head = [`apikey: ${keys.secretKey}`, 'host: a', 'connection: close']
  const answer = await raw(`${line} HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n`)
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
})

const raw = (request: string) => exchange(Number(new URL(backend.app.url).port), request)

function unsigned(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none', typ: 'JWT' })}.${part(claims)}.`
}
