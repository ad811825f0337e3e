import { createClient } from '@supabase/supabase-js'
import { generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'

const files = {
  'supabase/config.toml':
    'project_id = "data-api"\n[api]\nschemas = ["public", "graphql_public"]\nextra_search_path = ["tools"]\nmax_rows = 3\n',
  'supabase/migrations/20260101000000_notes.sql': `
    create schema tools;
    grant usage on schema tools to anon, authenticated, service_role;
    create domain tools.loud as text;
    create schema third;
    create table third.thing (id int primary key);
    insert into third.thing values (7);
    grant usage on schema third to anon;
    grant select on third.thing to anon;
    create table note (id int primary key, body text);
    alter table note enable row level security;
    create policy "signed-in users read" on note for select to authenticated using (true);
    insert into note select n, 'note ' || n from generate_series(1, 5) n;
    create function whence() returns text stable language sql as
      $$ select current_setting('request.headers')::json ->> 'x-forwarded-for' $$;
    create function busy() returns int language sql as $$ select pg_backend_pid() from pg_sleep(0.1) $$;
    create function whoami() returns json stable language sql as
      $$ select json_build_object('role', current_user, 'sub', current_setting('request.jwt.claims')::json ->> 'sub') $$;`,
}

let backend: TestApp
let keys: TestApp['app']['config']['keys']
beforeAll(async () => {
  backend = await createTestApp({ files, env: { PORTICO_DB_POOL: '2' } })
  keys = backend.app.config.keys
})
afterAll(() => backend?.close())

type Headers = Record<string, string>
// biome-ignore lint/suspicious/noExplicitAny: answers have many shapes, and tests fail where they differ.
type Body = any

async function ask(path: string, headers: Headers = {}, method = 'GET') {
  const response = await fetch(`${backend.app.url}/rest/v1${path}`, { method, headers })
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    body: (text === '' ? undefined : JSON.parse(text)) as Body,
  }
}

function signed(claims: object, change = (jwt: SignJWT): SignJWT => jwt): Promise<string> {
  const jwt = change(new SignJWT({ role: 'authenticated', sub: 'ada', ...claims }).setProtectedHeader({ alg: 'HS256' }))
  return jwt.sign(new TextEncoder().encode(keys.jwtSecret))
}

test('the clock of whoever signed a token may be half a minute off for data, as for PostgREST', async () => {
  const now = Math.floor(Date.now() / 1000)
  const bearer = async (claims: object) => ({ authorization: `Bearer ${await signed(claims)}` })
  const late = await bearer({ exp: now - 15 })
  expect((await ask('/note?select=id&limit=1', late)).body).toEqual([{ id: 1 }])
  const graphql = await fetch(`${backend.app.url}/graphql/v1`, {
    method: 'POST',
    headers: { ...late, 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ noteCollection(first: 1) { edges { node { body } } } }' }),
  })
  expect(await graphql.json()).toEqual({ data: { noteCollection: { edges: [{ node: { body: 'note 1' } }] } } })
  const storage = await fetch(`${backend.app.url}/storage/v1/bucket`, { headers: late })
  expect(storage.status).toBe(400)
  expect((await ask('/note', await bearer({ exp: now + 3600, iat: now + 3600 }))).body).toMatchObject({
    code: 'PGRST303',
    message: 'JWT issued at future',
  })
})

describe('who asks', () => {
  test.each<[name: string, headers: () => Headers | Promise<Headers>, role: string]>([
    ['nobody', () => ({}), 'anon'],
    ['a publishable key', () => ({ apikey: keys.publishableKey }), 'anon'],
    ['a secret key', () => ({ apikey: keys.secretKey }), 'service_role'],
    ['the legacy keys', () => ({ apikey: keys.serviceRoleKey }), 'service_role'],
    ['a key as bearer', () => ({ authorization: `Bearer ${keys.secretKey}` }), 'service_role'],
    [
      'both, as supabase-js sends them',
      () => ({ apikey: keys.publishableKey, authorization: `Bearer ${keys.publishableKey}` }),
      'anon',
    ],
    [
      'a key and a token of its own: the token',
      async () => ({ apikey: keys.publishableKey, authorization: `Bearer ${await signed({})}` }),
      'authenticated',
    ],
    [
      'a secret key and a token: the token',
      async () => ({ apikey: keys.secretKey, authorization: `Bearer ${await signed({})}` }),
      'authenticated',
    ],
    ['a token alone', async () => ({ authorization: `bearer ${await signed({})}` }), 'authenticated'],
    [
      'a token that names no role',
      async () => ({ authorization: `Bearer ${await signed({ role: undefined })}` }),
      'anon',
    ],
    ['another scheme', () => ({ authorization: 'Basic YTpi' }), 'anon'],
  ])('%s', async (_name, headers, role) => {
    const { status, body } = await ask('/rpc/whoami', await headers())
    expect([status, body.role]).toEqual([200, role])
  })

  test('a key in the query string is no filter', async () => {
    const { status, body } = await ask(`/note?select=id&id=eq.1&apikey=${keys.secretKey}`)
    expect([status, body]).toEqual([200, [{ id: 1 }]])
  })

  test.each([['sb_secret_forged'], ['sb_publishable_forged'], ['hello']])('the key %s is nobody’s', async (apikey) => {
    const { status, body, headers } = await ask('/note', { apikey })
    expect([status, body.message, headers.get('access-control-allow-origin')]).toEqual([401, 'Invalid API key', '*'])
  })

  test('supabase-js, signed up and signed in', async () => {
    const supabase = backend.client()
    expect((await supabase.from('note').select()).data).toEqual([])
    const { data: session } = await supabase.auth.signUp({ email: 'ada@example.com', password: 'correct horse' })
    expect((await supabase.from('note').select('id').order('id')).data).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }])
    expect((await supabase.rpc('whoami')).data).toEqual({ role: 'authenticated', sub: session.user?.id })
    const server = createClient(backend.app.url, keys.secretKey, { auth: { persistSession: false } })
    expect((await server.from('note').insert({ id: 6, body: 'six' }).select('id').single()).data).toEqual({ id: 6 })
  })
})

describe('a token that is not valid', () => {
  const forged = async () =>
    new SignJWT({ role: 'service_role' })
      .setProtectedHeader({ alg: 'ES256' })
      .sign((await generateKeyPair('ES256')).privateKey)
  const now = () => Math.floor(Date.now() / 1000)

  test.each<[name: string, token: () => string | Promise<string>, code: string, message: string]>([
    ['expired', () => signed({ exp: now() - 60 }), 'PGRST303', 'JWT expired'],
    ['of tomorrow', () => signed({ nbf: now() + 3600 }), 'PGRST303', 'JWT not yet valid'],
    ['of no time', () => signed({ exp: 'soon' }), 'PGRST303', "The JWT 'exp' claim must be a number"],
    [
      'unsigned',
      () => new UnsecuredJWT({ role: 'service_role' }).encode(),
      'PGRST301',
      'Wrong or unsupported encoding algorithm',
    ],
    ['of another key', forged, 'PGRST301', 'No suitable key or wrong key type'],
    [
      'changed',
      async () => `${(await signed({})).slice(0, -6)}AAAAAA`,
      'PGRST301',
      'No suitable key or wrong key type',
    ],
    ['of two parts', () => 'a.b', 'PGRST301', 'Expected 3 parts in JWT; got 2'],
    ['of nothing', () => '..', 'PGRST301', 'JWT cryptographic operation failed'],
    ['empty', () => '', 'PGRST301', 'Empty JWT is sent in Authorization header'],
  ])('%s', async (_name, token, code, message) => {
    const { status, body, headers } = await ask('/note', { authorization: `Bearer ${await token()}` })
    const details = message.startsWith('No suitable key') ? 'None of the keys was able to decode the JWT' : null
    expect([status, body]).toEqual([401, { code, message, details, hint: null }])
    expect(headers.get('www-authenticate')).toBe(`Bearer error="invalid_token", error_description="${message}"`)
    expect(headers.get('proxy-status')).toBe(`PostgREST; error=${code}`)
  })

  test('for a role that nobody may be', async () => {
    for (const role of ['postgres', 'supabase_admin', 'authenticator']) {
      const { status, body } = await ask('/note', { authorization: `Bearer ${await signed({ role })}` })
      expect([role, status, body.code]).toEqual([role, 403, '42501'])
    }
    const unknown = await ask('/note', { authorization: `Bearer ${await signed({ role: 'no_such_role' })}` })
    expect([unknown.status, unknown.body.code]).toEqual([401, '22023'])
  })
})

describe('[api]', () => {
  test('the first schema is the default one, the others by profile', async () => {
    const plain = await ask('/note?limit=0')
    expect([plain.status, plain.headers.get('content-profile')]).toEqual([200, 'public'])
    const other = await ask('/rpc/graphql', { 'accept-profile': 'graphql_public' })
    expect([other.status, other.body.errors[0].message]).toEqual([
      200,
      'GraphQL is answered over HTTP, at /graphql/v1, not by this function.',
    ])
    const hidden = await ask('/thing', { 'accept-profile': 'third' })
    expect([hidden.status, hidden.body]).toEqual([
      406,
      {
        code: 'PGRST106',
        message: 'Invalid schema: third',
        details: null,
        hint: 'Only the following schemas are exposed: public, graphql_public',
      },
    ])
  })

  test('extra_search_path is where casts find types, and max_rows the most of a list', async () => {
    const secret = { apikey: keys.secretKey }
    expect((await ask('/note?select=body::loud&id=eq.1', secret)).body).toEqual([{ body: 'note 1' }])
    expect((await ask('/note?select=id', secret)).body).toHaveLength(3)
  })

  test('what the database says prevails at once, for this API alone', async () => {
    const database = new pg.Client(backend.app.databaseUrl)
    await database.connect()
    const set = async (text: string) => {
      await database.query(`alter role authenticator ${text}`)
      await database.query(`notify pgrst, 'reload config'`)
    }
    try {
      await set(`set pgrst.db_schemas = 'public, third'`)
      await expect.poll(async () => (await ask('/thing', { 'accept-profile': 'third' })).body).toEqual([{ id: 7 }])
      const refused = await ask('/rpc/graphql', { 'accept-profile': 'graphql_public' })
      expect(refused.body.hint).toBe('Only the following schemas are exposed: public, third')
      const { data } = await backend.graphql('{ __schema { types { name } } }')
      const types = data.__schema.types.map(({ name }: { name: string }) => name)
      expect([types.includes('note'), types.includes('thing')]).toEqual([true, false])
      await set('reset pgrst.db_schemas')
      await expect.poll(async () => (await ask('/thing', { 'accept-profile': 'third' })).status).toBe(406)
    } finally {
      await database.end()
    }
  })

  test('a browser may ask, and read what it is told', async () => {
    const preflight = await ask(
      '/note',
      {
        origin: 'https://app.example.com',
        'access-control-request-method': 'PATCH',
        'access-control-request-headers': 'apikey,prefer,content-profile',
      },
      'OPTIONS',
    )
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-methods')).toContain('PATCH')
    const asked = await ask('/note?limit=1', { origin: 'https://app.example.com', prefer: 'count=exact' })
    expect(asked.headers.get('access-control-allow-origin')).toBe('*')
    expect(asked.headers.get('access-control-expose-headers')?.toLowerCase()).toMatch(/\*|content-range/)
    expect((await ask('/note', {}, 'OPTIONS')).headers.get('allow')).toBe('OPTIONS,GET,HEAD,POST,PUT,PATCH,DELETE')
  })

  test('a URL may be long, and one that is too long is told so', async () => {
    const ids = Array.from({ length: 6000 }, (_, i) => i)
    const supabase = backend.client()
    const long = await supabase.from('note').select('id').in('id', ids)
    expect([long.error, long.data]).toEqual([null, []])
    const longer = await supabase
      .from('note')
      .select('id')
      .in(
        'id',
        Array.from({ length: 13_000 }, (_, i) => i),
      )
    expect([longer.status, longer.error?.code]).toEqual([414, 'URI_TOO_LONG'])
    const beyond = await ask(`/note?id=in.(${'1,'.repeat(70_000)}1)`)
    expect([beyond.status, beyond.headers.get('access-control-allow-origin'), beyond.body]).toEqual([
      431,
      '*',
      { code: 'URI_TOO_LONG', message: 'The URL and the headers are too long.' },
    ])
  })

  test('SQL is told the address of the client, whatever it says of itself', async () => {
    const seen = await ask('/rpc/whence', { 'x-forwarded-for': '10.9.8.7' })
    expect(seen.body).toBe('127.0.0.1')
  })

  test('as many connections serve it as PORTICO_DB_POOL says', async () => {
    const connections = new Set<number>()
    const serve = async () => {
      const asked = await Promise.all(Array.from({ length: 12 }, () => ask('/rpc/busy', {}, 'POST')))
      expect(asked.map(({ status }) => status)).toEqual(Array(12).fill(200))
      for (const { body } of asked) connections.add(body)
      return connections.size
    }
    await expect.poll(serve).toBe(2)
    expect(await serve()).toBe(2)
  })

  test('enabled = false: there is nothing', async () => {
    const off = await createTestApp({
      files: { 'supabase/config.toml': 'project_id = "off"\n[api]\nenabled = false\n' },
    })
    try {
      const response = await fetch(`${off.app.url}/rest/v1/`)
      expect([response.status, await response.json()]).toEqual([
        404,
        { code: 'NOT_FOUND', message: 'There is nothing at this address.' },
      ])
    } finally {
      await off.close()
    }
  })
})
