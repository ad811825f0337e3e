import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { anon, as, changeHarness, type Heard } from './change-harness.ts'

let harness: Awaited<ReturnType<typeof changeHarness>>
let subscribe: typeof harness.subscribe
beforeAll(async () => {
  harness = await changeHarness()
  subscribe = harness.subscribe
})
afterAll(() => harness.close())

const service = { role: 'service_role', claims: { role: 'service_role' } }
const ids = (heard: readonly Heard[]) => heard.map(({ data }) => (data.record ?? data.old_record)?.id)
const inserted = (table: string, ...rows: string[]) => `insert into ${table} values ${rows.join(', ')}`

test('policies that look at other tables decide who is told', async () => {
  await harness.sql.query(`
    create table rooms (id int primary key);
    create table members (room int, person text);
    create table lines (id int primary key, room int, body text);
    alter table lines enable row level security;
    create policy p on lines for select to authenticated using (
      exists (select from members m join rooms r on r.id = m.room where m.room = lines.room and m.person = auth.jwt()->>'sub')
    );
    insert into rooms values (1), (2);
    insert into members values (1, 'ada'), (1, 'bob'), (2, 'bob');
    alter publication supabase_realtime add table lines`)
  const all = { ada: as('ada'), bob: as('bob'), eve: as('eve'), anon, service }
  const subscriptions = await Promise.all(
    Object.values(all).map((caller) => subscribe(caller, { table: 'lines', filter: 'body=neq.secret' })),
  )
  const [ada, bob, eve, nobody, admin] = subscriptions
  await ada?.after(inserted('lines', `(1, 1, 'a')`, `(2, 2, 'b')`, `(3, 1, 'secret')`, `(4, 2, null)`))
  expect([ada, bob, eve, nobody, admin].map((one) => ids(one?.heard ?? []))).toEqual([[1], [1, 2], [], [], [1, 2]])
  for (const one of subscriptions) one.heard.length = 0
  await ada?.after(`delete from members where person = 'bob'`, `update lines set body = 'c'`)
  expect([ada, bob, eve, nobody, admin].map((one) => ids(one?.heard ?? []))).toEqual([[1, 3], [], [], [], [1, 2, 3, 4]])
  for (const one of subscriptions) one.stop()
})

test('a hundred subscribers each see their own rows', async () => {
  await harness.sql.query(`
    create table mine (id int primary key, owner text);
    alter table mine enable row level security;
    create policy p on mine for select to authenticated using (owner = (select auth.jwt()->>'sub'));
    alter publication supabase_realtime add table mine`)
  const people = Array.from({ length: 100 }, (_, i) => `person ${i}`)
  const all = await Promise.all(people.map((person) => subscribe(as(person), { table: 'mine' })))
  await all[0]?.after(`insert into mine select i, 'person ' || i % 100 from generate_series(0, 299) i`)
  expect(all.map(({ heard }) => ids(heard))).toEqual(people.map((_, i) => [i, i + 100, i + 200]))
  for (const one of all) one.stop()
})

test('columns that a role may not select are left out', async () => {
  await harness.sql.query(`
    create table partly (id int primary key, open text, hidden text);
    alter table partly replica identity full;
    revoke all on partly from anon;
    grant select (id, open) on partly to anon;
    alter publication supabase_realtime add table partly`)
  const one = await subscribe(anon, { table: 'partly' })
  const two = await subscribe(service, { table: 'partly' })
  await one.after(inserted('partly', `(1, 'a', 'b')`), `update partly set open = 'c'`, 'delete from partly')
  expect(one.heard.map(({ data }) => [data.columns.map(({ name }) => name), data.record, data.old_record])).toEqual([
    [['id', 'open'], { id: 1, open: 'a' }, undefined],
    [['id', 'open'], { id: 1, open: 'c' }, { id: 1, open: 'a' }],
    [['id', 'open'], undefined, { id: 1, open: 'c' }],
  ])
  expect(two.heard.at(-1)?.data.old_record).toEqual({ id: 1, open: 'c', hidden: 'b' })
  one.stop()
  two.stop()
})

test('a column withdrawn meanwhile is neither told nor compared', async () => {
  await harness.sql.query(`
    create table withdrawn (id int primary key, a int);
    alter publication supabase_realtime add table withdrawn`)
  const one = await subscribe(anon, { table: 'withdrawn' }, { table: 'withdrawn', filter: 'a=eq.1' })
  const before = await one.after(inserted('withdrawn', '(1, 1)'))
  expect(before.map(({ ids }) => ids)).toEqual([[0, 1]])
  await harness.sql.query('revoke select on withdrawn from anon; grant select (id) on withdrawn to anon')
  const after = await one.after(inserted('withdrawn', '(2, 1)'))
  expect(after.map(({ ids, data }) => [ids, data.record])).toEqual([[[0], { id: 2 }]])
  one.stop()
})

test.each([
  ['no primary key', 'id int', 'grant select on keyless to anon', 'Error 400: Bad Request, no primary key'],
  [
    'a key that may not be selected',
    'id int primary key, a int',
    'grant select (a) on keyless to anon',
    'Error 401: Unauthorized',
  ],
])('%s is said with every change', async (_name, columns, grant, error) => {
  await harness.sql.query(`
    create table keyless (${columns});
    alter table keyless replica identity full;
    revoke all on keyless from anon; ${grant};
    alter publication supabase_realtime add table keyless`)
  const { after, stop } = await subscribe(anon, { table: 'keyless' })
  const [one] = await after(inserted('keyless', '(1)'))
  expect(one?.data).toEqual({
    ...{ schema: 'public', table: 'keyless', type: 'INSERT', columns: [], record: {} },
    ...{ commit_timestamp: null, errors: [error] },
  })
  stop()
  await harness.sql.query('drop table keyless')
})

test('a schema that a role may not use tells it nothing', async () => {
  await harness.sql.query(`
    create schema hidden;
    create table hidden.t (id int primary key, a int);
    grant select on hidden.t to anon;
    alter publication supabase_realtime add table hidden.t`)
  const { after, stop } = await subscribe(anon, { schema: '*' })
  const heard = await after(inserted('hidden.t', '(1, 2)'))
  expect(heard.map(({ data }) => [data.table, data.record, data.errors])).toContainEqual([
    't',
    {},
    ['Error 401: Unauthorized'],
  ])
  expect(heard.some(({ text }) => text.includes('"a"'))).toBe(false)
  stop()
})

test('partitions are under the policies of their table', async () => {
  await harness.sql.query(`
    create table split (id int primary key, owner text) partition by range (id);
    create table split_1 partition of split for values from (0) to (10);
    create table split_2 partition of split for values from (10) to (20);
    alter table split enable row level security;
    create policy p on split for select using (owner = auth.jwt()->>'sub');
    alter table split_2 enable row level security;
    create policy p on split_2 for select using (owner = auth.jwt()->>'sub');
    alter publication supabase_realtime add table split`)
  const eve = await subscribe(as('eve'), { table: '*' })
  await eve.after(inserted('split', `(1, 'bob'), (2, 'eve'), (11, 'bob'), (12, 'eve')`))
  expect(ids(eve.heard)).toEqual([12])
  await expect(subscribe(as('eve'), { table: 'split_1' })).rejects.toThrow('check Realtime is enabled')
  eve.stop()
})

test('a policy that fails for one does not trouble the others', async () => {
  await harness.sql.query(`
    create table brittle (id int primary key, org uuid);
    alter table brittle enable row level security;
    create policy p on brittle for select using (org = (auth.jwt()->>'org')::uuid);
    alter publication supabase_realtime add table brittle`)
  const org = '5211e8ec-8c25-5c7f-9b03-6ff1eac0159e'
  const [good, bad] = [
    await subscribe(as('a', { org }), { table: 'brittle' }),
    await subscribe(as('b', { org: 'none' }), { table: 'brittle' }),
  ]
  await good.after(inserted('brittle', `(1, '${org}')`))
  expect([ids(good.heard), ids(bad.heard)]).toEqual([[1], []])
  good.stop()
  bad.stop()
})

test('a policy cannot become more than its role', async () => {
  await harness.sql.query(`
    create table guarded (id int primary key);
    alter table guarded enable row level security;
    create function climb() returns boolean language plpgsql as $$
    begin
      execute 'reset role';
      execute 'set role supabase_admin';
      return true;
    exception when insufficient_privilege then return session_user <> 'authenticator' or current_user = 'supabase_admin';
    end $$;
    create policy p on guarded for select using (climb());
    alter publication supabase_realtime add table guarded`)
  const { after, stop } = await subscribe(anon, { table: 'guarded' })
  expect(ids(await after(inserted('guarded', '(1)')))).toEqual([])
  stop()
})

test('a token that was replaced is not asked with any more, even where the new one is refused', async () => {
  await harness.sql.query(`
    create table renewed (id int primary key, hidden text);
    revoke all on renewed from anon; grant select (id) on renewed to anon;
    alter publication supabase_realtime add table renewed`)
  const one = await subscribe(service, { table: 'renewed', filter: 'hidden=eq.s' })
  expect(ids(await one.after(inserted('renewed', `(1, 's')`)))).toEqual([1])
  const fence = await subscribe(anon, { table: 'fence' })
  one.heard.length = 0
  const refused = expect(one.renew(anon)).rejects.toThrow('invalid column for filter hidden')
  await fence.after(inserted('renewed', `(2, 's')`))
  await refused
  expect(ids(one.heard)).toEqual([])
  for (const { stop } of [one, fence]) stop()
})

test('what was made with a token that is replaced meanwhile is made again with the new one', async () => {
  await harness.sql.query(`
    create table overtaken (id int primary key, open text, hidden text);
    revoke all on overtaken from anon; grant select (id, open) on overtaken to anon;
    create table slowly (id int primary key);
    alter table slowly enable row level security;
    create policy p on slowly for select to authenticated using (pg_advisory_xact_lock_shared(4711)::text = '');
    alter publication supabase_realtime add table overtaken, slowly`)
  const one = await subscribe(as('a'), { table: 'overtaken' }, { table: 'slowly' })
  const holder = new pg.Client(harness.database.connections.for('postgres'))
  await holder.connect()
  await holder.query('select pg_advisory_lock(4711)')
  const heard = one.after(`begin; insert into slowly values (1); insert into overtaken values (1, 'o', 'h'); commit`)
  await expect.poll(isWaiting).toBe(true)
  await one.renew(anon)
  expect(one.heard).toEqual([])
  await holder.end()
  expect((await heard).map(({ data }) => data.record)).toEqual([{ id: 1, open: 'o' }])
  one.stop()
})

async function isWaiting(): Promise<boolean> {
  const { rows } = await harness.sql.query(
    `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  )
  return rows.length > 0
}
