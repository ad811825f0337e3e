import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'
import { superuser } from '../support/front.ts'

/** How operations come in: by hash, by URL, with files; and what happens when whoever asked goes away. */
const folder = mkdtempSync(join(tmpdir(), 'portico-requests-'))
let app: TestApp
let production: TestApp

const note = 'query Notes { noteCollection(orderBy: [{ id: AscNullsLast }]) { edges { node { id body } } } }'
const migration = `create table note (id int primary key, body text);
  insert into note values (1, 'one'), (2, 'two');
  grant select, insert on note to anon, authenticated;
  alter table note enable row level security;
  create policy seen on note for select using (id = 1 or auth.uid() is not null);
  create function dawdle(seconds float8) returns text stable language sql as $$ select pg_sleep(seconds)::text $$;
  create function many(size int) returns text stable language sql as $$ select repeat('é', size) $$;`
const upload = `export default (builder) => {
  builder.mutationField('measure', (t) => t.string({ args: { file: t.arg({ type: 'Upload', required: true }), others: t.arg({ type: ['Upload'] }) },
    resolve: async (_root, { file, others }) => JSON.stringify(await Promise.all([file, ...(others ?? [])].map(async (one) => [one.name, one.type, one.size, (await one.text()).slice(0, 5)]))) }))
  builder.queryField('luck', (t) => t.int({ resolve: () => 7 }))
}`
const files = {
  'supabase/migrations/20260101000000_note.sql': migration,
  'schema/upload.js': upload,
  'supabase/config.toml':
    '[graphql]\nmax_upload_size = "1MiB"\nmax_uploads = 3\nmax_body_size = "64KiB"\ncache_max_age = 60\n',
}

beforeAll(async () => {
  app = await createTestApp({ files, env: { PORTICO_DB_POOL: '8' } })
  production = await createTestApp({
    production: true,
    files: {
      ...files,
      'supabase/config.toml': '[graphql]\ntrusted_documents = "documents"\n',
      'supabase/documents/notes/list.graphql': note,
      'supabase/documents/manifest.json': JSON.stringify({ abc: 'query Type { __typename }' }),
      'supabase/documents/apollo.json': JSON.stringify({
        format: 'apollo-persisted-query-manifest',
        operations: [{ id: 'luck', name: 'Luck', type: 'query', body: 'query Luck { luck }' }],
      }),
    },
  })
})
afterAll(async () => {
  await app?.close()
  await production?.close()
  rmSync(folder, { recursive: true })
})

const key = (of: TestApp) => of.app.config.keys.publishableKey
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

async function post(of: TestApp, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${of.app.url}/graphql/v1`, {
    method: 'POST',
    headers: { apikey: key(of), 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  return (await response.json()) as {
    data?: Record<string, unknown>
    errors?: { message: string; extensions?: { code: string } }[]
  }
}
const get = (of: TestApp, params: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(`${of.app.url}/graphql/v1?${new URLSearchParams(params)}`, { headers: { apikey: key(of), ...headers } })

const one = { noteCollection: { edges: [{ node: { id: 1, body: 'one' } }] } }

describe('automatic persisted queries', () => {
  const persistedQuery = { version: 1, sha256Hash: sha256(note) }

  test('are unknown, made known, and known', async () => {
    const unknown = await post(app, { extensions: { persistedQuery } })
    expect(unknown.errors?.[0]).toMatchObject({
      message: 'PersistedQueryNotFound',
      extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' },
    })
    expect((await post(app, { query: note, extensions: { persistedQuery } })).data).toEqual(one)
    for (let n = 0; n < 3; n++) expect((await post(app, { extensions: { persistedQuery } })).data).toEqual(one)
  })

  test('by GET', async () => {
    await post(app, { query: note, extensions: { persistedQuery } })
    const response = await get(app, { extensions: JSON.stringify({ persistedQuery }) })
    expect(await response.json()).toEqual({ data: one })
  })

  test('with the hash of something else are refused, and not kept', async () => {
    const wrong = { version: 1, sha256Hash: sha256('{ a }') }
    expect((await post(app, { query: note, extensions: { persistedQuery: wrong } })).errors?.[0]?.message).toMatch(
      /sha does not match/,
    )
    expect((await post(app, { extensions: { persistedQuery: wrong } })).errors?.[0]?.message).toBe(
      'PersistedQueryNotFound',
    )
  })
})

describe('trusted documents', () => {
  test.each<[string, object, object]>([
    ['by path', { documentId: 'notes/list' }, one],
    ['by hash', { documentId: `sha256:${sha256(note)}` }, one],
    [
      'by the hash of a persisted query',
      { extensions: { persistedQuery: { version: 1, sha256Hash: sha256(note) } } },
      one,
    ],
    ['by text', { query: note }, one],
    ['by the id of a manifest', { documentId: 'abc' }, { __typename: 'Query' }],
    ['by the id of Apollo’s manifest', { documentId: 'luck' }, { luck: 7 }],
  ])('are answered in production: %s', async (_name, request, data) => {
    for (let n = 0; n < 2; n++) expect(await post(production, request)).toEqual({ data })
  })

  test.each<[string, object]>([
    ['another text', { query: `${note} ` }],
    ['an unknown id', { documentId: 'nope' }],
    [
      'a hash that is sent with its text',
      { query: '{ luck }', extensions: { persistedQuery: { version: 1, sha256Hash: sha256('{ luck }') } } },
    ],
    ['an unknown hash', { extensions: { persistedQuery: { version: 1, sha256Hash: sha256('{ luck }') } } }],
    ['what every object has', { documentId: 'constructor' }],
  ])('are all that is answered: %s', async (_name, request) => {
    for (let n = 0; n < 2; n++) {
      expect((await post(production, request)).errors?.[0]?.extensions?.code).toBe('DOCUMENT_NOT_TRUSTED')
    }
    const response = await get(
      production,
      Object.fromEntries(
        Object.entries(request).map(([name, value]) => [
          name,
          typeof value === 'string' ? value : JSON.stringify(value),
        ]),
      ),
    )
    expect(await response.text()).toMatch(/DOCUMENT_NOT_TRUSTED/)
  })

  test('in a batch', async () => {
    const answers = (await post(production, [{ documentId: 'abc' }, { query: '{ luck }' }])) as unknown as {
      errors?: unknown
    }[]
    expect(answers.map(({ errors }) => errors === undefined)).toEqual([true, false])
  })

  test('that are none stop the start', async () => {
    const broken = {
      ...files,
      'supabase/config.toml': '[graphql]\ntrusted_documents = "documents"\n',
      'supabase/documents/a.graphql': 'query {',
    }
    await expect(createTestApp({ files: broken })).rejects.toMatchObject({ code: 'TRUSTED_DOCUMENTS_INVALID' })
  })
})

describe('GET', () => {
  test('of an anonymous query may be kept, and is not sent twice', async () => {
    await get(app, { query: note })
    const first = await get(app, { query: note })
    expect(await first.json()).toEqual({ data: one })
    expect(first.headers.get('cache-control')).toBe('public, max-age=60, must-revalidate')
    expect(first.headers.get('vary')).toMatch(/authorization/)
    const etag = first.headers.get('etag') ?? ''
    const again = await get(app, { query: note }, { 'if-none-match': etag })
    expect([again.status, await again.text()]).toEqual([304, ''])
    expect((await get(app, { query: note }, { 'if-none-match': '"other"' })).status).toBe(200)
  })

  test('of a user may not', async () => {
    const client = app.client()
    await client.auth.signUp({ email: 'u@example.com', password: 'photograph' })
    const token = (await client.auth.getSession()).data.session?.access_token
    for (let n = 0; n < 2; n++) {
      const response = await get(app, { query: note }, { authorization: `Bearer ${token}` })
      expect(((await response.json()) as { data: typeof one }).data.noteCollection.edges).toHaveLength(2)
      expect(response.headers.get('cache-control') ?? '').not.toMatch(/public/)
    }
  })

  test('changes nothing', async () => {
    const mutation = 'mutation { insertIntoNoteCollection(objects: [{ id: 9 }]) { affectedCount } }'
    await post(app, { query: mutation })
    for (let n = 0; n < 2; n++) expect((await get(app, { query: mutation })).status).toBe(405)
  })

  test('takes variables', async () => {
    const query = 'query ($size: Int!) { many(size: $size) }'
    for (let n = 0; n < 2; n++) {
      const response = await get(app, { query, variables: '{"size": 3}' })
      expect(await response.json()).toEqual({ data: { many: 'ééé' } })
    }
    expect((await get(app, { query, variables: '{"size"' })).status).toBe(400)
  })
})

describe('multipart requests', () => {
  // Where this file alone leaves something behind.
  beforeAll(() => void vi.stubEnv('TMPDIR', folder))
  afterAll(() => void vi.unstubAllEnvs())
  const query = 'mutation ($file: Upload!, $others: [Upload!]) { measure(file: $file, others: $others) }'
  async function send(parts: [string, string | File][]) {
    const body = new FormData()
    for (const [name, value] of parts) body.append(name, value)
    const response = await fetch(`${app.app.url}/graphql/v1`, { method: 'POST', headers: { apikey: key(app) }, body })
    return { status: response.status, text: await response.text() }
  }
  const file = (name: string, content: string) => new File([content], name, { type: 'text/plain' })
  const operations = JSON.stringify({ query, variables: { file: null, others: [null] } })
  const map = JSON.stringify({ 0: ['variables.file'], 1: ['variables.others.0'] })
  const left = () => readdirSync(tmpdir()).filter((name) => name.startsWith('portico-upload-'))

  test('bring files to resolvers, and leave none behind', async () => {
    const { text } = await send([
      ['operations', operations],
      ['map', map],
      ['0', file('a.txt', 'hello')],
      ['1', file('ü.txt', 'x'.repeat(500_000))],
    ])
    const { data } = JSON.parse(text)
    expect(JSON.parse(data.measure)).toEqual([
      ['a.txt', 'text/plain', 5, 'hello'],
      ['ü.txt', 'text/plain', 500_000, 'xxxxx'],
    ])
    await expect.poll(left).toEqual([])
  })

  test('in batches', async () => {
    const batch = JSON.stringify([{ query: '{ luck }' }, { query, variables: { file: null } }])
    const { text } = await send([
      ['operations', batch],
      ['map', '{"0": ["1.variables.file"]}'],
      ['0', file('a.txt', 'hello')],
    ])
    expect(JSON.parse(text)).toMatchObject([
      { data: { luck: 7 } },
      { data: { measure: expect.stringContaining('a.txt') } },
    ])
  })

  test.each<[string, number, [string, string | File][]]>([
    [
      'a file too large',
      413,
      [
        ['operations', operations],
        ['map', map],
        ['0', file('a', 'x'.repeat(2_000_000))],
        ['1', file('b', 'x')],
      ],
    ],
    [
      'too many files',
      400,
      [
        ['operations', operations],
        ['map', map],
        ...[0, 1, 2, 3].map((n): [string, File] => [String(n), file('a', 'x')]),
      ],
    ],
    [
      'operations too large',
      413,
      [
        ['operations', ' '.repeat(100_000)],
        ['map', map],
      ],
    ],
    [
      'no operations',
      400,
      [
        ['map', map],
        ['0', file('a', 'x')],
      ],
    ],
    [
      'a map of nothing',
      400,
      [
        ['operations', operations],
        ['map', '{"7": ["variables.file"]}'],
      ],
    ],
    [
      'a path out of the variables',
      400,
      [
        ['operations', operations],
        ['map', '{"0": ["query"]}'],
        ['0', file('a', 'x')],
      ],
    ],
    [
      'a path into what every object has',
      400,
      [
        ['operations', operations],
        ['map', '{"0": ["variables.__proto__.file"]}'],
        ['0', file('a', 'x')],
      ],
    ],
    [
      'a path to what is there already',
      400,
      [
        ['operations', JSON.stringify({ query, variables: { file: 'x' } })],
        ['map', '{"0": ["variables.file"]}'],
        ['0', file('a', 'x')],
      ],
    ],
    [
      'no JSON',
      400,
      [
        ['operations', '{'],
        ['map', map],
      ],
    ],
  ])('that are wrong are told so: %s', async (_name, status, parts) => {
    const answer = await send(parts)
    expect([answer.status, answer.text]).toEqual([
      status,
      expect.stringMatching(/"code":"(BAD_REQUEST|PAYLOAD_TOO_LARGE)"/),
    ])
    await expect.poll(left).toEqual([])
  })
})

describe('a client that goes away', () => {
  test('ends its statement in the database', async () => {
    const query = 'query ($s: Float!) { dawdle(seconds: $s) }'
    await post(app, { query, variables: { s: 0 } })
    const client = new pg.Client(superuser(app).for('supabase_admin'))
    await client.connect()
    const running = async () => {
      const sql = `select count(*)::int as n from pg_stat_activity where state = 'active' and query like '%dawdle%' and pid <> pg_backend_pid()`
      return ((await client.query(sql)).rows[0] as { n: number }).n
    }
    // Through the lane, and through the pipeline; as whom no time limit ends it.
    const operation = { query, variables: { s: 3600 } }
    for (const asking of [operation, [operation]]) {
      const gone = new AbortController()
      const body = JSON.stringify(asking)
      const headers = { apikey: app.app.config.keys.secretKey, 'content-type': 'application/json' }
      const asked = fetch(`${app.app.url}/graphql/v1`, { method: 'POST', headers, body, signal: gone.signal })
      await expect.poll(running, { interval: 10 }).toBe(1)
      gone.abort()
      await expect(asked).rejects.toThrow()
      await expect.poll(running, { interval: 10 }).toBe(0)
    }
    await client.end()
  })

  /** Asks for a text of so many bytes, and is told of the response; nothing of it is read. */
  const askFor = (size: number) => {
    const request = httpRequest(`${app.app.url}/graphql/v1`, {
      method: 'POST',
      headers: { apikey: key(app), 'content-type': 'application/json' },
    })
    request.on('error', () => {})
    request.end(JSON.stringify({ query: 'query ($size: Int!) { many(size: $size) }', variables: { size: size / 2 } }))
    return request
  }
  const waiting = async () => {
    const client = new pg.Client(superuser(app).for('supabase_admin'))
    await client.connect()
    const { rows } = await client.query<{ n: number }>(
      `select count(*)::int as n from pg_stat_activity where wait_event = 'ClientWrite'`,
    )
    await client.end()
    return rows[0]?.n
  }

  test('as its large answer begins leaves no connection behind', async () => {
    await post(app, { query: 'query ($size: Int!) { many(size: $size) }', variables: { size: 1 } })
    for (let n = 0; n < 24; n++) {
      const request = askFor(3_000_000)
      await new Promise((resolve) => setTimeout(resolve, 2 + 2 * n))
      request.destroy()
    }
    await expect.poll(waiting).toBe(0)
    const answers = await Promise.all(Array.from({ length: 16 }, () => post(app, { query: note })))
    expect(answers.map(({ data }) => data)).toEqual(answers.map(() => one))
  })

  test('or one that takes nothing keeps no connection from the others', async () => {
    const idle = Array.from({ length: 10 }, () => askFor(16_000_000))
    const begun = idle.map((request) => new Promise((resolve) => request.once('response', resolve)))
    await Promise.all(begun)
    expect(await waiting()).toBeLessThanOrEqual(4)
    const answers = await Promise.all(Array.from({ length: 16 }, () => post(app, { query: note })))
    expect(answers.map(({ data }) => data)).toEqual(answers.map(() => one))
    for (const request of idle) request.destroy()
    await expect.poll(waiting).toBe(0)
  })

  test('in the middle of a large answer costs nobody else theirs', async () => {
    const query = 'query ($size: Int!) { many(size: $size) }'
    const size = 2_000_000
    await post(app, { query, variables: { size: 1 } })
    for (let n = 0; n < 12; n++) {
      await new Promise<void>((resolve, reject) => {
        const request = httpRequest(`${app.app.url}/graphql/v1`, {
          method: 'POST',
          headers: { apikey: key(app), 'content-type': 'application/json' },
        })
        request.on('response', (response) => {
          expect(Number(response.headers['content-length'])).toBe(2 * size + '{"data":{"many":""}}'.length)
          response.once('data', () => {
            request.destroy()
            resolve()
          })
        })
        request.on('error', (error) => (request.destroyed ? resolve() : reject(error)))
        request.end(JSON.stringify({ query, variables: { size } }))
      })
    }
    const { data } = await post(app, { query, variables: { size: 500_000 } })
    expect(String(data?.many).length).toBe(500_000)
  })
})

test('a body past its limit is refused', async () => {
  const response = await fetch(`${app.app.url}/graphql/v1`, {
    method: 'POST',
    headers: { apikey: key(app), 'content-type': 'application/json' },
    body: JSON.stringify({ query: ' '.repeat(70_000) }),
  })
  expect(response.status).toBe(413)
})
