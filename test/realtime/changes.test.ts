import pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { RefusedBindings } from '../../src/realtime/channels/index.ts'
import { anon, as, changeHarness, type Heard } from './change-harness.ts'

let harness: Awaited<ReturnType<typeof changeHarness>>
let subscribe: typeof harness.subscribe
beforeAll(async () => {
  harness = await changeHarness()
  const subscriptions: { stop(): void }[] = []
  subscribe = async (...given) => {
    const subscription = await harness.subscribe(...given)
    subscriptions.push(subscription)
    return subscription
  }
  stopAll = () => {
    for (const one of subscriptions.splice(0)) one.stop()
  }
})
let stopAll = () => {}
afterEach(() => stopAll())
afterAll(() => harness.close())

/** A published table of one test's own. */
async function table(name: string, columns: string, ...more: string[]): Promise<void> {
  await harness.sql.query(
    [`create table public.${name} (${columns})`, `alter publication supabase_realtime add table public.${name}`]
      .concat(more)
      .join('; '),
  )
}

const ids = (heard: readonly Heard[]) => heard.map(({ data }) => (data.record ?? data.old_record)?.id)

test('each event is told as Supabase tells it', async () => {
  await table('notes', 'id int primary key, body text')
  const { after } = await subscribe(anon, { table: 'notes' })
  const heard = await after(
    `insert into public.notes values (1, 'it''s')`,
    `update public.notes set body = null`,
    'delete from public.notes',
  )
  const columns = [
    { name: 'id', type: 'int4' },
    { name: 'body', type: 'text' },
  ]
  const common = { schema: 'public', table: 'notes', columns, errors: null }
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  expect(heard.map(({ data }) => data)).toEqual([
    { ...common, type: 'INSERT', commit_timestamp: time, record: { id: 1, body: "it's" } },
    { ...common, type: 'UPDATE', commit_timestamp: time, record: { id: 1, body: null }, old_record: { id: 1 } },
    { ...common, type: 'DELETE', commit_timestamp: time, old_record: { id: 1 } },
  ])
})

test.each([
  ['bigint', '9007199254740993', '9007199254740993', 'int8'],
  ['numeric', "'1.50'", '1.50', 'numeric'],
  ['float8', "'NaN'", '"NaN"', 'float8'],
  ['boolean', 'true', 'true', 'bool'],
  ['text', "'a \"b\" \\ '' [c]:d'", String.raw`"a \"b\" \\ ' [c]:d"`, 'text'],
  ['char(3)', "'a'", '"a  "', 'bpchar'],
  ['varchar(5)', "'abc'", '"abc"', 'varchar'],
  ['timestamptz', "'2026-01-02 03:04:05.6+02'", '"2026-01-02T01:04:05.6+00:00"', 'timestamptz'],
  ['timestamp', "'2026-01-02 03:04:05'", '"2026-01-02T03:04:05"', 'timestamp'],
  ['date', "'2026-01-02'", '"2026-01-02"', 'date'],
  ['interval', "'1 day 2 hours'", '"1 day 02:00:00"', 'interval'],
  [
    'jsonb',
    `'{"a": [1, "it''s"], "big": 12345678901234567890}'`,
    '{"a": [1, "it\'s"], "big": 12345678901234567890}',
    'jsonb',
  ],
  ['json', `'{"b":1,  "a":2}'`, '{"a": 2, "b": 1}', 'json'],
  ['text[]', `array['a,b', null, 'c"d']`, String.raw`["a,b", null, "c\"d"]`, '_text'],
  ['int[]', `'{{1,2},{3,4}}'`, '[[1, 2], [3, 4]]', '_int4'],
  ['bytea', String.raw`'\x00ff'`, String.raw`"\\x00ff"`, 'bytea'],
  ['bit(3)', "B'101'", '"101"', 'bit'],
  ['uuid', "'5211e8ec-8c25-5c7f-9b03-6ff1eac0159e'", '"5211e8ec-8c25-5c7f-9b03-6ff1eac0159e"', 'uuid'],
  ['int4range', "'[1,5)'", '"[1,5)"', 'int4range'],
])('a value of type %s', async (type, value, json, told) => {
  await table('types', `id int primary key, v ${type}`)
  const { after } = await subscribe(anon, { table: 'types' })
  const [first, second] = await after(`insert into types values (1, ${value})`, 'insert into types values (2)')
  await harness.sql.query('drop table types')
  expect(first?.text).toContain(`"record":{"id":1,"v":${json}}`)
  expect(first?.data.columns).toContainEqual({ name: 'v', type: told })
  expect(second?.text).toContain('"record":{"id":2,"v":null}')
})

test('names and types that SQL has to quote', async () => {
  const name = '"it\'s [a]: ""t"", B"'
  await harness.sql.query(`create type public."od]d" as enum ('a b', ']:''')`)
  await table(name, `"i d" int primary key, "old-key" text, "x[y]:'" public."od]d"`)
  const { after } = await subscribe(anon, { table: 'it\'s [a]: "t", B', filter: `x[y]:'=eq.]:'` })
  const heard = await after(`insert into ${name} values (1, 'k', ']:'''), (2, 'k', 'a b')`)
  expect(heard.map(({ data }) => data.record)).toEqual([{ 'i d': 1, 'old-key': 'k', "x[y]:'": "]:'" }])
})

// The rows: 1 ('Ann', 10, {a}, true, null), 2 ('bob', 20, …), 3 (null …)
test.each([
  ['id=eq.1', [1]],
  ['id=neq.1', [2, 3]],
  ['id=lt.2', [1]],
  ['id=lte.2', [1, 2]],
  ['id=gt.2', [3]],
  ['id=gte.2', [2, 3]],
  ['id=in.(1,3)', [1, 3]],
  ['id=not.in.(1,3)', [2]],
  ['name=eq.Ann', [1]],
  ['name=eq."Ann"', [1]],
  ['name=neq.Ann', [2]],
  ['name=not.eq.Ann', [2]],
  ['name=in.("bo,b",bob)', [2]],
  ['name=like.A%', [1]],
  ['name=not.like.A%', [2]],
  ['name=ilike.B%', [2]],
  ['name=match.^[A-B]', [1]],
  ['name=imatch.^[A-B]', [1, 2]],
  ['name=is.null', [3]],
  ['name=not.is.null', [1, 2]],
  ['ok=is.true', [1]],
  ['ok=is.unknown', [3]],
  ['ok=not.is.false', [1, 3]],
  ['name=isdistinct.Ann', [2, 3]],
  ['name=not.isdistinct.Ann', [1]],
  ['price=eq.10.50', [1]],
  ['price=eq.10.5', [1]],
  ['price=gt.10.5,id=lt.3', [2]],
  ['at=gte.2026-01-01T00:00:00Z', [2]],
  ['id=gt.0,', 'Error parsing `filter` params: filter must not contain empty segments (check for extra commas)'],
  [' ', [1, 2, 3]],
  ['undefined', 'Error parsing `filter` params: ["undefined"]'],
  ['id=foo.hey', 'Error parsing `filter` params: ["foo", "hey"]'],
  ['id=in.1,2', 'Error parsing `filter` params: `in` filter value must be wrapped by parentheses'],
  ['nope=eq.1', 'Exception: ERROR P0001 (raise_exception) invalid column for filter nope'],
  ['secret=eq.1', 'Exception: ERROR P0001 (raise_exception) invalid column for filter secret'],
  ['id=eq.x', 'Exception: ERROR 22P02 (invalid_text_representation) invalid input syntax for type integer: "x"'],
  ['id=in.(1,x)', 'Exception: ERROR 22P02 (invalid_text_representation) invalid input syntax for type integer: "x"'],
  [`id=in.(${Array.from({ length: 101 }, (_, i) => i)})`, 'too many values for `in` filter. Maximum 100'],
  ['id=is.true', 'is true filter requires a boolean column, got integer'],
  ['id=is.maybe', 'invalid value for is filter: must be null, true, false, or unknown'],
  ['id=like.1%', 'ERROR 42883 (undefined_function) operator does not exist: integer ~~ integer'],
  ['name=like.A\\', 'ERROR 22025 (invalid_escape_sequence) LIKE pattern must not end with escape character'],
  ['name=ilike.A\\\\', []],
  ['name=eq.A\0', 'there is no null character'],
  ['name=match.[', 'ERROR 2201B (invalid_regular_expression)'],
  ['id=eq.1) or (1=1', 'invalid input syntax for type integer'],
  ["name=eq.x' or '1'='1", []],
] as const)('filter %s', async (filter, expected) => {
  await harness.sql.query(`
    create table if not exists filtered (
      id int primary key, name text, price numeric, ok boolean, at timestamptz, secret int
    );
    revoke all on filtered from anon;
    grant select (id, name, price, ok, at) on filtered to anon;
    delete from filtered`)
  await harness.sql.query('alter publication supabase_realtime add table filtered').catch(() => {})
  const subscribed = subscribe(anon, { event: 'INSERT', table: 'filtered', filter })
  if (typeof expected === 'string') {
    await expect(subscribed).rejects.toThrow(RefusedBindings)
    return await expect(subscribed).rejects.toThrow(expected)
  }
  const { after } = await subscribed
  const heard = await after(`insert into filtered values
    (1, 'Ann', 10.5, true, '2025-01-01'), (2, 'bob', 20, false, '2026-06-01'), (3, null, null, null, null)`)
  expect(ids(heard)).toEqual(expected)
})

test.each([
  [
    { table: 'nowhere' },
    'Please check Realtime is enabled for the given connect parameters: [event: *, schema: public, table: nowhere, filters: [], select: nil]',
  ],
  [{ table: 'unpublished' }, 'Please check Realtime is enabled'],
  [{ table: 'fence', select: ['nope'] }, 'invalid column for select nope'],
  [{ select: ['id'] }, 'Column selection is not supported for wildcard subscriptions.'],
  [
    { filter: 'id=eq.1' },
    'No subscription params provided. Please provide at least a `schema` or `table` to subscribe to:',
  ],
] as const)('a subscription to %j is refused', async (binding, message) => {
  await harness.sql.query('create table if not exists unpublished (id int primary key)')
  await expect(harness.subscribe(anon, binding)).rejects.toThrow(message)
})

test('a change goes to every binding that it fits, under its number', async () => {
  await table('many', 'id int primary key')
  const { after } = await subscribe(
    anon,
    { table: 'many', event: 'INSERT' },
    { table: 'many', event: 'update' },
    { table: 'many' },
    {},
    { schema: '*' },
    { table: 'many', filter: 'id=gt.5' },
  )
  const heard = await after('insert into many values (1)', 'update many set id = 9', 'delete from many')
  expect(heard.filter(({ data }) => data.table === 'many').map(({ ids, data }) => [data.type, ids.toSorted()])).toEqual(
    [
      ['INSERT', [0, 2, 3, 4]],
      ['UPDATE', [1, 2, 3, 4, 5]],
      ['DELETE', [2, 3, 4, 5]],
    ],
  )
})

test('what is kept of the old row, and what of it is told', async () => {
  await table('kept', 'id int primary key, body text, n int')
  const { after } = await subscribe(anon, { table: 'kept' }, { table: 'kept', event: 'DELETE', filter: 'body=eq.a' })
  const old = (heard: readonly Heard[]) => heard.map(({ ids, data }) => [ids, data.old_record])
  expect(old(await after(`insert into kept values (1, 'a')`, 'delete from kept')).at(-1)).toEqual([[0], { id: 1 }])
  await harness.sql.query('alter table kept replica identity full')
  const full = await after(`insert into kept values (1, 'a')`, 'update kept set id = 2', 'delete from kept')
  expect(old(full)).toEqual([
    [[0], undefined],
    [[0], { id: 1, body: 'a', n: null }],
    [[0, 1], { id: 2, body: 'a', n: null }],
  ])
  await harness.sql.query(`alter table kept enable row level security; create policy p on kept using (true)`)
  await after(`insert into kept values (1, 'a')`)
  expect(old(await after('update kept set id = 2'))).toEqual([[[0], { id: 1, body: 'a', n: null }]])
  expect(old(await after('delete from kept'))).toEqual([[[0, 1], { id: 2 }]])
})

test('a large value that an update leaves alone', async () => {
  await table('toasted', 'id int primary key, big text, n int')
  await harness.sql.query('alter table toasted alter big set storage external')
  const { after } = await subscribe(anon, { table: 'toasted' })
  const big = 'x'.repeat(10_000)
  const [, second] = await after(`insert into toasted values (1, '${big}', 1)`, 'update toasted set n = 2')
  expect(second?.data.record).toEqual({ id: 1, n: 2 })
  await harness.sql.query('alter table toasted replica identity full')
  const [third] = await after('update toasted set n = 3')
  expect(third?.data.record).toEqual({ id: 1, big, n: 3 })
})

test('of more than a megabyte only the small values are told', async () => {
  await table('huge', 'id int primary key, body text, n int')
  const { after } = await subscribe(anon, { table: 'huge' }, { table: 'huge', filter: 'body=like.a%' })
  const [one] = await after(`insert into huge values (1, repeat('a', 1048577), 7)`)
  expect(one?.ids).toEqual([0, 1])
  expect(one?.data).toMatchObject({ record: { id: 1, n: 7 }, errors: ['Error 413: Payload Too Large'] })
  expect(Object.keys(one?.data.record ?? {})).toEqual(['id', 'n'])
  const [under] = await after(`insert into huge values (2, repeat('a', 1000000), 7)`)
  expect(under?.data.errors).toBeNull()
})

test('only the columns asked for, and the key', async () => {
  await table('chosen', 'id int primary key, a text, b text')
  const { after } = await subscribe(anon, { table: 'chosen', select: ['b'] }, { table: 'chosen', filter: 'a=eq.1' })
  const heard = await after(`insert into chosen values (1, '1', '2')`)
  expect(heard.map(({ ids, data }) => [ids, data.record, data.columns.map(({ name }) => name)])).toEqual([
    [[0], { id: 1, b: '2' }, ['id', 'b']],
    [[1], { id: 1, a: '1', b: '2' }, ['id', 'a', 'b']],
  ])
})

test('a publication of some actions tells of those', async () => {
  await table('told', 'id int primary key')
  const { after } = await subscribe(anon, { table: 'told' })
  await harness.sql.query(`alter publication supabase_realtime set (publish = 'insert, delete')`)
  const heard = await after('insert into told values (1)', 'update told set id = 2', 'delete from told')
  await harness.sql.query(`alter publication supabase_realtime set (publish = 'insert, update, delete, truncate')`)
  expect(heard.map(({ data }) => data.type)).toEqual(['INSERT', 'DELETE'])
})

test('a table is published and withdrawn while somebody listens to its schema', async () => {
  await harness.sql.query('create table later (id int primary key)')
  const { after } = await subscribe(anon, {})
  const insert = (id: number) => `insert into later values (${id})`
  const heard = await after(
    insert(1),
    'alter publication supabase_realtime add table later',
    insert(2),
    'alter table later add note text',
    insert(3),
  )
  const later = heard.filter(({ data }) => data.table === 'later')
  expect(later.at(-1)?.data).toMatchObject({ record: { id: 3, note: null } })
  await harness.sql.query('alter publication supabase_realtime drop table later')
  expect((await after(insert(4))).filter(({ data }) => data.table === 'later')).toEqual([])
})

test('what is rolled back, and TRUNCATE, tell nothing; a transaction tells in order', async () => {
  await table('ordered', 'id int primary key')
  await table('other', 'id int primary key')
  const { after } = await subscribe(anon, { table: 'ordered' }, { table: 'other' })
  const heard = await after(
    'begin; insert into ordered values (1); rollback',
    `begin; insert into ordered values (2); insert into other values (3); savepoint s; insert into ordered values (4);
     rollback to s; insert into ordered values (5); update ordered set id = 6 where id = 5; commit`,
    'truncate ordered',
  )
  expect(heard.map(({ data }) => [data.table, data.type, data.record?.id])).toEqual([
    ['ordered', 'INSERT', 2],
    ['other', 'INSERT', 3],
    ['ordered', 'INSERT', 5],
    ['ordered', 'UPDATE', 6],
  ])
})

test('a large transaction comes whole and in order', async () => {
  await table('bulk', 'id int primary key, body text')
  const { after } = await subscribe(anon, { table: 'bulk' })
  const heard = await after(`insert into bulk select i, repeat('x', 2000) from generate_series(1, 12000) i`)
  expect(ids(heard)).toEqual(Array.from({ length: 12_000 }, (_, i) => i + 1))
})

test('numbers beyond those of JavaScript arrive as they are', async () => {
  await table('precise', 'id bigint primary key, n numeric')
  const { after } = await subscribe(anon, { table: 'precise', filter: 'id=eq.9223372036854775807' })
  const [one] = await after('insert into precise values (9223372036854775807, 0.1234567890123456789)')
  expect(one?.text).toContain('"record":{"id":9223372036854775807,"n":0.1234567890123456789}')
})

test('a token that is renewed changes what is seen', async () => {
  await table('own', 'id int primary key, owner text', 'alter table own enable row level security')
  await harness.sql.query(`create policy p on own for select to authenticated using (owner = auth.jwt()->>'sub')`)
  const { after, renew } = await subscribe(as('a'), { table: 'own' })
  expect(ids(await after(`insert into own values (1, 'a'), (2, 'b')`))).toEqual([1])
  await renew(as('b'))
  expect(ids(await after(`insert into own values (3, 'a'), (4, 'b')`))).toEqual([4])
  await renew(anon)
  expect(ids(await after(`insert into own values (5, 'a'), (6, 'b')`))).toEqual([])
  await harness.sql.query('revoke select on own from anon')
  await expect(renew(anon)).resolves.toBeUndefined()
})

test('a filter that fails is its own subscriber’s alone', async () => {
  await table('patterns', 'id int primary key, a int, b text')
  const good = await subscribe(anon, { table: 'patterns', filter: 'id=gt.0' })
  const bad = await subscribe(anon, { table: 'patterns', filter: 'a=eq.7' })
  await harness.sql.query('alter table patterns alter a type date using null')
  await good.after(`insert into patterns values (1, null, 'x')`)
  expect([ids(good.heard), ids(bad.heard)]).toEqual([[1], []])
  expect(bad.warned).toEqual([expect.stringContaining('comparing a filter fails with ERROR 22007')])
})

test('a filter that takes forever is its own subscriber’s alone', async () => {
  await table('long_texts', 'id int primary key, body text')
  const good = await subscribe(anon, { table: 'long_texts' })
  const slow = await subscribe(anon, { table: 'long_texts', filter: 'body=match.^(.+)(.+)(.+)(.+)\\1\\2\\3\\4\\4$' })
  const heard = await good.after(`insert into long_texts values (1, repeat('ab', 320))`)
  expect([ids(heard), ids(slow.heard)]).toEqual([[1], []])
  expect([good.warned, slow.warned]).toEqual([[], [expect.stringContaining('57014')]])
})

test('many filters that take forever are put out together, and only their table waits for them', async () => {
  await table('slow_texts', 'id int primary key, body text')
  await table('elsewhere', 'id int primary key')
  const filter = 'body=match.^(.+)(.+)(.+)(.+)\\1\\2\\3\\4\\4$'
  const slow = await Promise.all(Array.from({ length: 24 }, () => subscribe(anon, { table: 'slow_texts', filter })))
  const good = await subscribe(anon, { table: 'slow_texts', filter: 'id=gt.0' })
  const other = await subscribe(anon, { table: 'elsewhere' })
  const asked = vi.spyOn(harness.callers, 'rows')
  harness.order.length = 0
  const heard = await good.after(
    `begin; insert into slow_texts values (1, repeat('ab', 320)); insert into elsewhere values (2); commit`,
  )
  expect([ids(other.heard), ids(heard)]).toEqual([[2], [1]])
  const [reason] = slow.flatMap(({ warned }) => warned)
  expect(harness.order.indexOf(other.heard[0])).toBeLessThan(harness.order.indexOf(reason))
  // Each of those that are too slow takes its time.
  expect(asked.mock.calls.length).toBeLessThan(slow.length)
  asked.mockRestore()
  expect(slow.map(({ warned }) => warned)).toEqual(slow.map(() => [expect.stringContaining('57014')]))
  expect([good.warned, other.warned]).toEqual([[], []])
})

test.each(['', 'check (value is not null)'])('columns of a domain that refuses null: %s', async (check) => {
  const { sql } = harness
  await sql.query(`drop table if exists mails; drop domain if exists email;
    create domain email as text ${check || 'not null'}`)
  await table('mails', 'id int primary key, mail email')
  const all = await subscribe(anon, { table: 'mails' })
  const one = await subscribe(anon, { table: 'mails', filter: 'mail=eq.a@b' })
  const heard = await all.after(
    `insert into mails values (1, 'a@b'), (2, 'c@d')`,
    `update mails set id = 3 where id = 2`,
    'delete from mails where id = 3',
  )
  expect(heard.map(({ data }) => data.record ?? data.old_record)).toEqual([
    ...[{ id: 1, mail: 'a@b' }, { id: 2, mail: 'c@d' }, { id: 3, mail: 'c@d' }, { id: 3 }],
  ])
  expect(ids(one.heard)).toEqual([1])
})

test('a subscriber is told that changes may have been missed', async () => {
  const { warned } = await subscribe(anon, { table: 'fence' })
  const admin = new pg.Client(harness.database.connections.for('supabase_admin'))
  await admin.connect()
  await admin.query(
    'select pg_terminate_backend(active_pid) from pg_replication_slots where database = current_database()',
  )
  await admin.end()
  await expect.poll(() => warned).toEqual([expect.stringContaining('may have been missed')])
})

test.each([
  ['bindings', Array.from({ length: 100 }, () => ({ table: 'fence' }))],
  ['filters', [{ table: 'fence', filter: Array.from({ length: 101 }, () => 'id=gt.0').join() }]],
])('too many %s', async (_name, bindings) => {
  await expect(harness.subscribe(anon, ...bindings)).rejects.toThrow(/too many/i)
})
