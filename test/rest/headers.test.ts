import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createRestFixture, type RestFixture } from './rest-fixture.ts'

/** Headers that supabase-js sends, or is told to send, and what comes back with them. */
let rest: RestFixture
/** What the client's `fetch` saw last. */
let seen: { sent: Headers; status: number; got: Headers; body: string }

beforeAll(async () => {
  rest = await createRestFixture()
  await rest.sql(`create function public.told(name text) returns text language sql stable
      as $$ select current_setting('request.headers', true)::json ->> name $$;
    create table public.plants (id int primary key, name text default 'fern', planted timestamptz default '2026-01-01 00:00Z');
    grant all on public.plants to anon;
    grant execute on function public.told to anon`)
  await rest.refresh()
})
beforeEach(() => rest.sql(`truncate public.plants; insert into public.plants values (1), (2), (3)`))
afterAll(() => rest.close())

function client(token = '.nobody.'): SupabaseClient {
  const recording: typeof fetch = async (input, init) => {
    const response = await fetch(input, init)
    const body = await response.clone().text()
    seen = { sent: new Headers(init?.headers), status: response.status, got: response.headers, body }
    return response
  }
  const auth = { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false }
  return createClient(rest.url.replace('/rest/v1', ''), token, { auth, global: { fetch: recording } })
}

// biome-ignore lint/suspicious/noExplicitAny: some methods are in the types of clients that are told the server's version.
type Any = any
type Ask = (supabase: SupabaseClient) => PromiseLike<Any>
type Expected = Readonly<Record<string, string | null>>

const json = 'application/json; charset=utf-8'

test.each<[name: string, ask: Ask, sent: Expected, status: number, got: Expected]>([
  // Content-Range
  ['a page', (s) => s.from('plants').select().range(1, 1), {}, 200, { 'content-range': '1-1/*', 'content-type': json }],
  [
    'a page of a count',
    (s) => s.from('plants').select('*', { count: 'exact' }).range(0, 1),
    { prefer: 'count=exact' },
    206,
    { 'content-range': '0-1/3' },
  ],
  [
    'a count alone',
    (s) => s.from('plants').select('*', { count: 'exact', head: true }),
    {},
    200,
    { 'content-range': '0-2/3' },
  ],
  ['nothing', (s) => s.from('plants').select('*', { count: 'exact' }).eq('id', 9), {}, 200, { 'content-range': '*/0' }],
  [
    'a page past the end',
    (s) => s.from('plants').select('*', { count: 'exact' }).range(9, 12),
    {},
    416,
    { 'content-range': '*/3', 'proxy-status': 'PostgREST; error=PGRST103' },
  ],
  [
    'Range',
    (s) => s.from('plants').select('id').order('id').setHeader('Range-Unit', 'items').setHeader('Range', '1-2'),
    { range: '1-2' },
    200,
    { 'content-range': '1-2/*' },
  ],
  [
    'Range to the end',
    (s) => s.from('plants').select('*', { count: 'exact' }).setHeader('Range', '2-'),
    {},
    206,
    { 'content-range': '2-2/3' },
  ],
  [
    'changed rows that are counted',
    (s) => s.from('plants').update({ name: 'x' }, { count: 'exact' }).gt('id', 1),
    {},
    204,
    { 'content-range': '0-1/2' },
  ],
  [
    'deleted rows that are counted',
    (s) => s.from('plants').delete({ count: 'exact' }).gt('id', 1),
    {},
    204,
    { 'content-range': '*/2' },
  ],
  // Preference-Applied
  [
    'what is not shown',
    (s) => s.from('plants').insert({ id: 4 }),
    { prefer: null },
    201,
    { 'preference-applied': null, location: null, 'content-length': '0' },
  ],
  [
    'return=minimal',
    (s) => s.from('plants').insert({ id: 4 }).setHeader('Prefer', 'return=minimal'),
    {},
    201,
    { 'preference-applied': 'return=minimal' },
  ],
  [
    'return=headers-only',
    (s) => s.from('plants').insert({ id: 4 }).setHeader('Prefer', 'return=headers-only'),
    {},
    201,
    { 'preference-applied': 'return=headers-only', location: '/plants?id=eq.4' },
  ],
  [
    'return=representation',
    (s) => s.from('plants').insert({ id: 4 }).select(),
    { prefer: 'return=representation' },
    201,
    { 'preference-applied': 'return=representation', 'content-type': json },
  ],
  [
    'missing=default',
    (s) =>
      s
        .from('plants')
        .insert([{ id: 4, name: 'a' }, { id: 5 }], { defaultToNull: false })
        .select(),
    {},
    201,
    { 'preference-applied': 'missing=default, return=representation' },
  ],
  [
    'resolution=merge-duplicates',
    (s) => s.from('plants').upsert({ id: 1, name: 'x' }).select(),
    {},
    200,
    { 'preference-applied': 'resolution=merge-duplicates, return=representation' },
  ],
  [
    'resolution=ignore-duplicates',
    (s) => s.from('plants').upsert({ id: 1, name: 'x' }, { ignoreDuplicates: true }),
    { prefer: 'resolution=ignore-duplicates' },
    201,
    { 'preference-applied': 'resolution=ignore-duplicates' },
  ],
  [
    'max-affected',
    (s) => (s.from('plants').update({ name: 'x' }).eq('id', 1) as Any).maxAffected(1),
    { prefer: 'handling=strict, max-affected=1' },
    204,
    { 'preference-applied': 'handling=strict, max-affected=1' },
  ],
  [
    'timezone',
    (s) => s.from('plants').select('planted').eq('id', 1).setHeader('Prefer', 'timezone=Asia/Tokyo'),
    {},
    200,
    { 'preference-applied': 'timezone=Asia/Tokyo' },
  ],
  [
    'a preference that there is none of',
    (s) => s.from('plants').select().setHeader('Prefer', 'handling=strict, anything'),
    {},
    400,
    { 'proxy-status': 'PostgREST; error=PGRST122' },
  ],
  // What it is
  [
    'one',
    (s) => s.from('plants').select().eq('id', 1).single(),
    { accept: 'application/vnd.pgrst.object+json' },
    200,
    { 'content-type': 'application/vnd.pgrst.object+json; charset=utf-8' },
  ],
  [
    'csv',
    (s) => s.from('plants').select().csv(),
    { accept: 'text/csv' },
    200,
    { 'content-type': 'text/csv; charset=utf-8' },
  ],
  [
    'without nulls',
    (s) => s.from('plants').select().stripNulls(),
    { accept: 'application/vnd.pgrst.array+json;nulls=stripped' },
    200,
    { 'content-type': 'application/vnd.pgrst.array+json;nulls=stripped; charset=utf-8' },
  ],
  [
    'a type that there is none of',
    (s) => s.from('plants').select().setHeader('Accept', 'image/png'),
    {},
    406,
    { 'proxy-status': 'PostgREST; error=PGRST107' },
  ],
  [
    'where it is',
    (s) => s.from('plants').select('id').eq('id', 1),
    {},
    200,
    { 'content-location': '/plants?id=eq.1&select=id' },
  ],
  // Which schema
  [
    'a schema read',
    (s) => s.schema('other').from('films').select(),
    { 'accept-profile': 'other' },
    200,
    { 'content-profile': 'other' },
  ],
  [
    'a schema written',
    (s) => s.schema('public').from('plants').insert({ id: 7 }).select(),
    { 'content-profile': 'public' },
    201,
    { 'content-profile': 'public' },
  ],
  [
    'a schema that is not there',
    (s) => s.schema('nowhere').from('films').select(),
    {},
    406,
    { 'proxy-status': 'PostgREST; error=PGRST106' },
  ],
  // What went wrong
  [
    'a column that is not there',
    (s) => s.from('plants').select('nope'),
    {},
    400,
    { 'proxy-status': 'PostgREST; error=42703', 'content-type': json },
  ],
  [
    'a row that is there',
    (s) => s.from('plants').insert({ id: 1 }),
    {},
    409,
    { 'proxy-status': 'PostgREST; error=23505' },
  ],
  // What SQL says, and is told
  [
    'a status and headers of its own',
    (s) => s.rpc('teapot'),
    {},
    418,
    { 'x-pot': 'brown', 'cache-control': 'no-store' },
  ],
  [
    'a header of the client’s',
    (s) => s.rpc('told', { name: 'x-app' }).setHeader('X-App', 'greenhouse'),
    { 'x-app': 'greenhouse' },
    200,
    {},
  ],
])('%s', async (_name, ask, sent, status, got) => {
  const supabase = client()
  await ask(supabase)
  const of = (headers: Headers, expected: Expected) =>
    Object.fromEntries(Object.keys(expected).map((name) => [name, headers.get(name)]))
  expect({ sent: of(seen.sent, sent), status: seen.status, got: of(seen.got, got) }).toEqual({ sent, status, got })
})
