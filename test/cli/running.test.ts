import { execFileSync } from 'node:child_process'
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { buildClientSchema, getIntrospectionQuery, lexicographicSortSchema, printSchema } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { descendantsOf, folderOf, leftOf, portico, type Running, startPortico } from './portico.ts'

/** One project as `portico init` makes it, and one backend for all of the tests; they go in order. */
const work = folderOf()
const project = join(work.path, 'app')
const at = ['--project', project]
let running: Running

beforeAll(async () => {
  await portico(['init', 'app'], { cwd: work.path })
  running = await startPortico(at)
})
afterAll(async () => {
  await running?.end('SIGTERM')
  work.remove()
})

async function graphql(query: string): Promise<unknown> {
  const response = await fetch(running.facts.GRAPHQL_URL ?? '', {
    method: 'POST',
    headers: { 'content-type': 'application/json', apikey: running.facts.PUBLISHABLE_KEY ?? '' },
    body: JSON.stringify({ query }),
  })
  return await response.json()
}

async function query(sql: string, form = 'json'): Promise<string> {
  const { code, stdout, stderr } = await portico(['db', 'query', sql, '-o', form, ...at])
  expect(stderr).toBe('')
  expect(code).toBe(0)
  return stdout
}

test('a new project answers: a field of its own, a table, a function', async () => {
  expect(await graphql('{ hello notesCollection { edges { node { body } } } }')).toEqual({
    data: {
      hello: 'world',
      notesCollection: { edges: [{ node: { body: 'Welcome! Everyone can read this note.' } }] },
    },
  })
  const { FUNCTIONS_URL, ANON_KEY = '' } = running.facts
  const headers = { apikey: ANON_KEY, authorization: `Bearer ${ANON_KEY}` }
  const answer = await fetch(`${FUNCTIONS_URL}/hello`, { method: 'POST', headers, body: '{"name":"Ada"}' })
  expect(await answer.json()).toEqual({ message: 'Hello, Ada!' })
})

describe('status', () => {
  test('json has the names of the Supabase CLI', async () => {
    const { stdout } = await portico(['status', '-o', 'json', ...at])
    const { kind: _, mode: _1, ms: _2, data: _3, ...facts } = running.facts
    expect(JSON.parse(stdout)).toEqual(facts)
    expect(Object.keys(facts).sort()).toEqual(
      [
        'ANON_KEY API_URL DB_URL FUNCTIONS_URL GRAPHQL_URL INBUCKET_URL JWT_SECRET MAILPIT_URL OPERATOR_KEY PUBLISHABLE_KEY REST_URL',
        'S3_PROTOCOL_ACCESS_KEY_ID S3_PROTOCOL_ACCESS_KEY_SECRET S3_PROTOCOL_REGION SECRET_KEY SERVICE_ROLE_KEY',
        'STORAGE_S3_URL',
      ].flatMap((names) => names.split(' ')),
    )
  })

  test('env is read by a shell', async () => {
    const { stdout } = await portico(['status', '-o', 'env', '--override-name', 'api.url=VITE_API', ...at])
    const shell = execFileSync('sh', ['-c', `${stdout}\necho "$VITE_API $ANON_KEY $API_URL"`], { encoding: 'utf8' })
    expect(shell).toBe(`${running.facts.API_URL} ${running.facts.ANON_KEY} \n`)
  })

  test('pretty is for people', async () => {
    const { stdout } = await portico(['status', ...at])
    expect(stdout).toContain(`process ${running.pid} since 20`)
    expect(stdout).toMatch(new RegExp(`Project URL +${running.facts.API_URL}\n`))
  })
})

test('a second start says who holds the data folder, since when and where', async () => {
  const { code, stderr } = await portico(['start', ...at])
  expect(code).toBe(1)
  expect(stderr).toMatch(new RegExp(`held by process ${running.pid} since 20\\S+, serving ${running.facts.API_URL}`))
})

describe('db query', () => {
  test('prints a table', async () => {
    expect(await query('select 1 as id, null as nothing, 2.50 as price union select 20, $$a$$, 3', 'table')).toBe(
      [
        ' id │ nothing │ price',
        '────┼─────────┼───────',
        '  1 │ NULL    │  2.50',
        ' 20 │ a       │     3',
        '(2 rows)',
        '',
      ].join('\n'),
    )
  })

  test('prints JSON without losing digits', async () => {
    const sql = `select true as yes, 7 as n, 9007199254740993 as big, 1.10 as exact, '{"a":[1]}'::jsonb as doc, null as none,
      date '2026-01-31' as day, current_user as who`
    expect(JSON.parse(await query(sql))).toEqual([
      {
        yes: true,
        n: 7,
        big: '9007199254740993',
        exact: '1.10',
        doc: { a: [1] },
        none: null,
        day: '2026-01-31',
        who: 'postgres',
      },
    ])
  })

  test('prints CSV, from the input and from a file', async () => {
    const sql = `select 'a "b", c' as text, '' as empty, null as none`
    const csv = 'text,empty,none\r\n"a ""b"", c","",\r\n'
    writeFileSync(join(work.path, 'query.sql'), sql)
    const fromFile = await portico(['db', 'query', '--file', 'query.sql', '-o', 'csv', ...at], { cwd: work.path })
    const fromInput = await portico(['db', 'query', '-o', 'csv', ...at], { input: sql })
    expect([fromFile.stdout, fromInput.stdout]).toEqual([csv, csv])
  })

  test('runs statements in one transaction and tells what failed', async () => {
    const { code, stderr } = await portico(['db', 'query', 'delete from notes;\nselect 1 from nowhere', ...at])
    expect(code).toBe(1)
    expect(stderr).toContain('error: relation "nowhere" does not exist (line 2)')
    expect(JSON.parse(await query('select count(*) as n from notes'))).toEqual([{ n: 1 }])
  })
})

test('migration new, list and up: the API has the new table at once', async () => {
  const made = await portico(['migration', 'new', 'add tags', '--project', 'app'], { cwd: work.path })
  const file = made.stdout.trim()
  expect(file).toMatch(/^app\/supabase\/migrations\/\d{14}_add_tags\.sql$/)
  writeFileSync(
    join(work.path, file),
    `create type public.mood as enum ('calm', 'busy');
    create table public.tags (
      name text primary key, mood public.mood, note bigint references public.notes, shout text generated always as (upper(name)) stored);
    create function public.loud(tags) returns text language sql stable as $$ select upper($1.name) $$;
    create function public.tags_of(note_id bigint, mood public.mood default null) returns setof tags language sql stable
      as $$ select * from tags where note = note_id $$;
    create view public.open_notes as select id as note_id, upper(body) as loud from public.notes where is_public;
    create view public.named_notes as select note_id from public.open_notes;
    grant select on public.tags to anon, authenticated`,
  )
  const listed = await portico(['migration', 'list', ...at])
  expect(listed.stdout).toMatch(/^applied +20260101000000 +notes\npending +\d{14} +add_tags\n$/)
  const up = await portico(['migration', 'up', ...at])
  expect({ code: up.code, stdout: up.stdout }).toEqual({ code: 0, stdout: 'Applied 1.\n' })
  await expect
    .poll(() => graphql('{ tagsCollection { edges { cursor } } }'))
    .toEqual({ data: { tagsCollection: { edges: [] } } })
  expect((await portico(['migration', 'up', ...at])).stdout).toBe('Nothing to apply.\n')
})

test('gen schema writes what the server serves', async () => {
  const { code } = await portico(['gen', 'schema', ...at])
  expect(code).toBe(0)
  const written = readFileSync(join(project, 'schema/schema.graphql'), 'utf8')
  expect(written).toContain('hello: String')
  const authenticated = await servedTo('authenticated')
  expect(written).toBe(authenticated)
})

/** The API by introspection, as a user of that role sees it. */
async function servedTo(role: string): Promise<string> {
  const { SignJWT } = await import('jose')
  const secret = new TextEncoder().encode(running.facts.JWT_SECRET)
  const token = await new SignJWT({ role, sub: crypto.randomUUID() }).setProtectedHeader({ alg: 'HS256' }).sign(secret)
  const response = await fetch(running.facts.GRAPHQL_URL ?? '', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      apikey: running.facts.PUBLISHABLE_KEY ?? '',
      authorization: `Bearer ${token}`,
    },
    body: JSON.stringify({
      query: getIntrospectionQuery({ specifiedByUrl: true, inputValueDeprecation: true, oneOf: true }),
    }),
  })
  const { data } = (await response.json()) as { data: Parameters<typeof buildClientSchema>[0] }
  return `${printSchema(lexicographicSortSchema(buildClientSchema(data)))}\n`
}

test('gen types gives supabase-js the types of the database', async () => {
  const [first, second] = [await portico(['gen', 'types', ...at]), await portico(['gen', 'types', 'typescript', ...at])]
  expect(first.code).toBe(0)
  expect(second.stdout).toBe(first.stdout)
  symlinkSync(resolve('node_modules'), join(work.path, 'node_modules'))
  writeFileSync(join(work.path, 'database.types.ts'), first.stdout)
  writeFileSync(join(work.path, 'package.json'), '{"type":"module"}')
  writeFileSync(join(work.path, 'uses-types.ts'), usesTypes)
  expect(compile('uses-types.ts')).toBe('')
})

const usesTypes = `import { createClient } from '@supabase/supabase-js'
import { Constants, type Database, type Enums, type Tables, type TablesInsert, type TablesUpdate } from './database.types.ts'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<_ extends true>(): void {}

const client = createClient<Database>('http://127.0.0.1', 'key')
const notes = await client.from('notes').select('id, body, tags(name, mood, shout)').single()
const note = notes.data ?? undefined
if (note) {
  same<Same<typeof note.id, number>>()
  same<Same<typeof note.body, string>>()
  same<Same<(typeof note.tags)[number]['mood'], 'calm' | 'busy' | null>>()
}
const tag = (await client.from('tags').select('*, loud, notes(body)').single()).data
if (tag) {
  same<Same<typeof tag.loud, string | null>>()
  same<Same<NonNullable<typeof tag.notes>['body'], string>>()
}
// A view of a view stands for its table.
const open = (await client.from('named_notes').select('note_id, tags(name)').single()).data
if (open) same<Same<typeof open, { note_id: number; tags: { name: string }[] }>>()
const { data } = await client.rpc('tags_of', { note_id: 1 }).select('name')
same<Same<typeof data, { name: string }[] | null>>()

same<Same<Tables<'notes'>['author'], string>>()
same<Same<Tables<{ schema: 'public' }, 'tags'>['note'], number | null>>()
same<Same<TablesInsert<'notes'>['is_public'], boolean | undefined>>()
same<Same<TablesUpdate<'tags'>['name'], string | undefined>>()
same<Same<Enums<'mood'>, 'calm' | 'busy'>>()
same<Same<(typeof Constants)['public']['Enums']['mood'], readonly ['calm', 'busy']>>()

await client.from('notes').insert({ body: 'x' })
// @ts-expect-error: the body may not be left out
await client.from('notes').insert({ is_public: true })
// @ts-expect-error: the database gives ids
await client.from('notes').insert({ id: 1, body: 'x' })
// @ts-expect-error: computed by the database
await client.from('tags').update({ shout: 'X' })
// @ts-expect-error: there is no such table
await client.from('nowhere').select()
`

function compile(file: string): string {
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
  const flags =
    '--noEmit --strict --exactOptionalPropertyTypes --module nodenext --target es2024 --skipLibCheck --types node'
  try {
    execFileSync(process.execPath, [tsc, ...flags.split(' '), '--allowImportingTsExtensions', file], { cwd: work.path })
    return ''
  } catch (error) {
    return String((error as { stdout?: unknown }).stdout)
  }
}

test('what Supabase says in its own words is taken', async () => {
  const types = await portico(['gen', 'types', '--lang', 'typescript', '--local', '--debug', ...at])
  expect(types.stdout).toContain('export type Database')
  const reset = await portico(['db', 'reset', '--local', '--no-seed', ...at])
  expect(reset.stderr).not.toContain('Seed')
  expect(JSON.parse(await query('select count(*)::int from public.notes'))).toEqual([{ count: 0 }])
})

test('db reset under the running backend: back to migrations and seed', async () => {
  await query(`insert into notes (author, body, is_public) select id, 'second', true from auth.users`)
  const before = running.lines.length
  const { code, stdout, stderr } = await portico(['db', 'reset', ...at])
  expect(stderr).toMatch(/Migration 20260101000000_notes: \d+ ms\n/)
  expect({ code, stdout }).toEqual({ code: 0, stdout: `The database is new; ${running.facts.API_URL} serves it.\n` })
  const welcome = {
    notesCollection: { edges: [{ node: { body: 'Welcome! Everyone can read this note.' } }] },
    tagsCollection: { edges: [] },
  }
  const ask = () => graphql('{ notesCollection { edges { node { body } } } tagsCollection { edges { cursor } } }')
  await expect.poll(ask).toEqual({ data: welcome })
  expect((await fetch(`${running.facts.API_URL}/health`)).status).toBe(200)
  // The backend may say what it noticed, but frightens nobody with stacks and sessions that were ended.
  const frightening = running.lines.slice(before).filter((line) => line.err || /terminating/.test(String(line.msg)))
  expect(frightening).toEqual([])
})

test('stop ends the backend and everything below it; then commands do without', async () => {
  const below = descendantsOf(running.pid)
  expect(below.length).toBeGreaterThan(1)
  const stopped = await portico(['stop', ...at])
  expect(stopped).toMatchObject({ code: 0, stdout: `Stopped process ${running.pid}.\n` })
  expect(await running.ended).toBe(0)
  expect(running.lines.at(-1)).toEqual({ kind: 'stopped' })
  expect(await leftOf(below)).toEqual([])

  expect(JSON.parse(await query('select body from notes'))).toEqual([{ body: 'Welcome! Everyone can read this note.' }])
  expect((await portico(['status', ...at])).code).toBe(1)
})
