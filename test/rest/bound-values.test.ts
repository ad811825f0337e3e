import { beforeAll, describe, expect, test } from 'vitest'
import { useFixture } from '../support/fixture.ts'
import { createRestFixture } from './rest-fixture.ts'

const rest = useFixture(() => createRestFixture())
const full = 'return=representation'

beforeAll(async () => {
  await rest.sql(`
    create domain public.small as int check (value < 10);
    create type public.pair as (a int, b text);
    create table public.kinds (
      id int generated always as identity primary key,
      t text, c char(3), v varchar(3), u uuid, i2 int2, i4 int4, i8 int8, n numeric, n2 numeric(4, 2), f4 float4, f8 float8, b bool,
      d date, ti time, ts timestamp, tz timestamptz, iv interval, by bytea, ip inet, bits bit(3), e public.mood, r int4range,
      j json, jb jsonb, a int[], dom public.small, p public.pair, x xml, "odd ""name" text, twice int generated always as (i4 * 2) stored
    );
    create table public.sealed (id int, word uuid);
    create view public.shown as select i4, t from public.kinds;
    create table public.guarded (id int primary key, note text);
    create function public.leave_out() returns trigger language plpgsql as $$ begin
      perform set_config('response.status', '202', true), set_config('response.headers', '[{"X-Left": "out"}]', true);
      return case when new.note = 'out' then null else new end;
    end $$;
    create trigger leave_out before insert on public.guarded for each row execute function public.leave_out();
    revoke all on public.sealed from anon, authenticated;
    grant all on public.kinds, public.shown, public.guarded to anon;
  `)
  await rest.refresh()
})

/** Texts of JSON that are values of some column, or of none. */
const values = [
  ...['null', 'true', '0', '-0', '9', '10', '3.50', '1.0', '1e2', '40000', '3000000000', '1e400'],
  ...['12345678901234567890', '0.1000000000000000055511151231257827'],
  ...['""', '"a"', '"abcd"', '"a  "', '"1"', '"t"', '"null"', '"{1,2}"', '"[1,5)"', '"calm"', '"(1,x)"'],
  ...['"2024-02-30"', '"2024-02-29T10:20:30.123456Z"', '"10:20"', '"1 day"', '"::1"', '"101"'],
  ...[
    '"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"',
    String.raw`"\\x00ff"`,
    String.raw`"a\"b\\\n\t/é😀"`,
    '"<a/>"',
    String.raw`"\u0000"`,
  ],
  ...['{}', '[1]', '{"a":1,"b":"x"}'],
]
const columns = [
  ...[
    't',
    'c',
    'v',
    'u',
    'i2',
    'i4',
    'i8',
    'n',
    'n2',
    'f4',
    'f8',
    'b',
    'd',
    'ti',
    'ts',
    'tz',
    'iv',
    'by',
    'ip',
    'bits',
    'e',
  ],
  ...['r', 'j', 'jb', 'a', 'dom', 'p', 'x', 'odd "name', 'twice', 'id', 'none'],
]

/** Whoever escapes a letter of a key has Postgres read the object. */
function escaped(key: string): string {
  return `\\u${key.charCodeAt(0).toString(16).padStart(4, '0')}${JSON.stringify(key.slice(1)).slice(1, -1)}`
}

const query = `select=${encodeURIComponent(
  columns
    .slice(0, -2)
    .map((name) => JSON.stringify(name))
    .join(),
)}`

async function told(line: string, body: string) {
  const { status, text, headers } = await rest.ask(line, { body, prefer: `${full},count=exact` })
  return { status, text, range: headers.get('content-range') }
}

describe('a value is what Postgres reads it as in JSON, and is refused in the same words', () => {
  test.each(columns)('%s', async (column) => {
    const asked = values.map((value) =>
      Promise.all([
        told(`POST /kinds?${query}`, `{${JSON.stringify(column)}: ${value}}`),
        told(`POST /kinds?${query}`, `{"${escaped(column)}": ${value}}`),
      ]),
    )
    for (const [bound, read] of await Promise.all(asked)) expect(bound).toEqual(read)
  })

  test.each(['t', 'i4', 'tz', 'jb'])('%s of rows that are there', async (column) => {
    const { body } = await rest.ask('POST /kinds?select=id', { body: { v: 'own' }, prefer: full })
    for (const value of values) {
      const bound = await told(`PATCH /kinds?${query}&id=eq.${body[0].id}`, `{${JSON.stringify(column)}: ${value}}`)
      expect(bound).toEqual(await told(`PATCH /kinds?${query}&id=eq.${body[0].id}`, `{"${escaped(column)}": ${value}}`))
    }
  })
})

test('several values at once, in any order, and the first that is refused is told', async () => {
  const ask = (body: string) => rest.ask('POST /kinds?select=t,i4,n', { body, prefer: full })
  expect((await ask('{"t":"x","n":1.50,"i4":2}')).body).toEqual([{ t: 'x', i4: 2, n: 1.5 }])
  expect((await ask('{"i4":2,"t":"x","n":1.50}')).text).toBe('[{"t":"x","i4":2,"n":1.50}]')
  for (const body of ['{"n":"y","i4":"x"}', '{"i4":"x","n":"y"}']) {
    expect((await ask(body)).body).toMatchObject({
      code: '22P02',
      message: 'invalid input syntax for type integer: "x"',
    })
  }
})

test('who may not write hears that, and nothing of the column', async () => {
  const { status, body } = await rest.ask('POST /sealed', { body: { id: 1, word: 'x' } })
  expect([status, body.code, body.message]).toEqual([401, '42501', 'permission denied for table sealed'])
})

test.each<[line: string, accept: string, status: number, text: string]>([
  ['POST /kinds?select=t', 'application/json', 201, '[{"t":"a"}]'],
  ['POST /kinds?select=t', 'application/vnd.pgrst.object+json', 201, '{"t":"a"}'],
  ['POST /kinds?select=t', 'text/csv', 201, 't\na'],
  ['POST /kinds?select=t&order=t&limit=1', 'application/json', 201, '[{"t":"a"}]'],
  ['POST /kinds?select=count()', 'application/json', 400, ''],
  ['POST /shown?select=t', 'application/json', 201, '[{"t":"a"}]'],
  ['PATCH /kinds?select=t&t=eq.zzz', 'application/json', 200, '[]'],
  ['PATCH /kinds?select=t&t=eq.zzz', 'application/vnd.pgrst.object+json', 406, ''],
])('%s as %s', async (line, accept, status, text) => {
  const answer = await rest.ask(line, { body: { t: 'a' }, prefer: full, headers: { accept } })
  expect(answer.status).toBe(status)
  if (text !== '') expect(answer.text).toBe(text)
})

test('a row that a trigger leaves out is not told of, and what the trigger says counts', async () => {
  const out = await rest.ask('POST /guarded?select=id', {
    body: { id: 1, note: 'out' },
    prefer: `${full},count=exact`,
  })
  expect([out.status, out.text, out.headers.get('x-left'), out.headers.get('content-range')]).toEqual([
    202,
    '[]',
    'out',
    '*/0',
  ])
  const kept = await rest.ask('POST /guarded?select=id', { body: { id: 1, note: 'in' }, prefer: full })
  expect([kept.status, kept.text]).toEqual([202, '[{"id":1}]'])
  const one = { accept: 'application/vnd.pgrst.object+json' }
  expect((await rest.ask('POST /guarded', { body: { id: 2, note: 'out' }, prefer: full, headers: one })).status).toBe(
    406,
  )
})

test('a trigger that is newer than the plan leaves an empty list', async () => {
  const unheard = await createRestFixture({ listens: false })
  try {
    await unheard.sql(`
      create function public.none() returns trigger language plpgsql as 'begin return null; end';
      create trigger none before insert on public.actors for each row execute function public.none()`)
    const { status, text } = await unheard.ask('POST /actors?select=id', { body: { id: 1000 }, prefer: full })
    expect([status, text]).toEqual([201, '[]'])
  } finally {
    await unheard.close()
  }
})
