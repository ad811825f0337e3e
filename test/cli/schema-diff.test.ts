import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { type SchemaDiff, schemaDiff } from '../../src/cli/diff/schema-diff.ts'
import { connected } from '../database/sql-client.ts'
import { cloneDatabase, type TestDatabase } from '../support/database.ts'

/** What a project may have, each apart from the others: how it is made on the base, and how it is changed once more. */
const features: Readonly<Record<string, readonly [make: string, change: string]>> = {
  table: [
    'create table a (id int primary key, name text not null default $$x$$)',
    'alter table a add other numeric(6, 2)',
  ],
  identity: ['create table i (id bigint generated always as identity primary key)', 'alter table i alter id type int'],
  generated: [
    'create table g (a int, b int generated always as (a * 2) stored)',
    'alter table g drop b, add b int generated always as (a * 3) stored',
  ],
  constraints: [
    'create table c (a int unique, b int check (b > 0), base int references base on delete cascade)',
    'alter table c drop constraint c_b_check, add constraint c_b_check check (b > 1), add exclude using btree (b with =)',
  ],
  indexes: [
    'create table x (a text, b jsonb); create unique index x_a on x (lower(a)) where b is not null',
    'drop index x_a; create index x_b on x using gin (b)',
  ],
  enum: [
    `create type mood as enum ('calm', 'busy'); create table e (mood mood default 'calm')`,
    `alter type mood add value 'odd' before 'busy'`,
  ],
  composite: [
    'create type pair as (a int, b text); create table p (pair pair)',
    'alter type pair add attribute c date cascade',
  ],
  domain: [`create domain word as text check (value <> '')`, `alter domain word set default 'x'`],
  policies: [
    `create table r (owner uuid); alter table r enable row level security;
     create policy own on r for select to authenticated using (owner = (select auth.uid()))`,
    'drop policy own on r; create policy own on r to anon, authenticated using (true) with check (false); alter table r force row level security',
  ],
  storage: [
    `create policy photos on storage.objects for insert to authenticated with check (bucket_id = 'photos')`,
    `alter policy photos on storage.objects with check (bucket_id = 'images')`,
  ],
  grants: [
    'create table t (a int, b int); revoke all on t from anon, authenticated; grant select (a) on t to anon',
    'grant insert on t to authenticated; revoke select (a) on t from anon',
  ],
  functions: [
    `create function twice(n int) returns int language sql immutable security definer set search_path = '' as 'select n * 2';
     revoke execute on function twice from public, anon, authenticated`,
    `create or replace function twice(n int) returns int language sql stable as 'select n + n'; grant execute on function twice to anon`,
  ],
  overloads: [
    `create function f(int) returns int language sql as 'select 1'; create function f(text) returns text language sql as 'select $1'`,
    `drop function f(int); create function f(int, int default 2) returns setof base language sql as 'table base'`,
  ],
  triggers: [
    `create function tr() returns trigger language plpgsql as 'begin return new; end'; create table m (a int);
     create trigger before before insert on m for each row execute function tr();
     create trigger on_sign_up after insert on auth.users for each row execute function tr()`,
    'drop trigger before on m; create trigger before before update of a on m for each row when (new.a > 0) execute function tr(); alter table m disable trigger before',
  ],
  views: [
    'create view v with (security_invoker) as select id from base; create view w as select id + 1 as id from v',
    'drop view w; create or replace view v as select id, note from base; grant select on v to anon',
  ],
  materialized: [
    'create materialized view mv as select id from base; create index on mv (id)',
    'drop materialized view mv; create materialized view mv as select note from base',
  ],
  comments: [
    `create table k (a int); comment on table k is 'it''s'; comment on column k.a is 'a'`,
    `comment on column k.a is null`,
  ],
  publication: [
    'create table u (id int primary key); alter publication supabase_realtime add table u',
    'alter table u replica identity full; alter publication supabase_realtime drop table u',
  ],
  schema: [
    'create schema private; create table private.s (a int); grant usage on schema private to authenticated',
    'alter default privileges in schema private grant select on tables to anon; drop table private.s; create table private.z (b int)',
  ],
  extension: [
    'create extension citext with schema extensions; create table ci (a extensions.citext)',
    'create extension hstore with schema extensions',
  ],
  partitions: [
    'create table part (a int, b text) partition by list (a); create table part_1 partition of part for values in (1)',
    'create table part_2 partition of part for values in (2); alter table part add c int',
  ],
  cron: [
    `select cron.schedule('nightly', '0 0 * * *', 'select 1'); select cron.schedule('by the minute', '* * * * *', $$select 'current_database()'$$)`,
    `select cron.unschedule('nightly'); select cron.alter_job(jobid, schedule => '0 1 * * *', active => false) from cron.job`,
  ],
  base: [
    `alter table base alter note set default 'n', alter note set not null`,
    'alter table base alter note drop default, add more boolean',
  ],
}

const names = Object.keys(features)
const base = 'create extension pg_cron; create table base (id int primary key, note text)'
/** Each feature in one of three states: not there, made, changed. */
const sqlOf = (states: readonly number[]) => names.flatMap((name, at) => features[name]?.slice(0, states[at]) ?? [])

const open: TestDatabase[] = []
afterAll(async () => {
  for (const database of open) await database.drop()
})

async function databaseOf(states: readonly number[]): Promise<TestDatabase> {
  const database = await cloneDatabase()
  open.push(database)
  await run(database, [base, ...sqlOf(states)])
  return database
}

const run = (database: TestDatabase, statements: readonly string[]) =>
  connected(database.connections, 'postgres', async (client) => {
    for (const statement of statements) await client.query(statement)
  })

function difference(from: TestDatabase, to: TestDatabase): Promise<SchemaDiff> {
  const login = (database: TestDatabase) => database.connections.for('supabase_admin')
  return schemaDiff(login(from), login(to), { schemas: [], apply: (statements) => run(from, statements) })
}

const all = (state: number) => names.map(() => state)

test.each([
  ['nothing', 'all', 0, 1],
  ['all', 'all of it changed', 1, 2],
  ['all of it changed', 'nothing', 2, 0],
])('from %s to %s, and nothing is left', { timeout: 60_000 }, async (_, _1, before, after) => {
  const [from, to] = [await databaseOf(all(before)), await databaseOf(all(after))]
  const first = await difference(from, to)
  expect(first.warnings).toEqual([])
  expect(first.statements.length).toBeGreaterThan(names.length / 2)
  expect(await difference(from, to)).toEqual({ statements: [], drops: [], warnings: [] })
})

test('from any state to any other', { timeout: 120_000 }, async () => {
  const states = fc.array(fc.nat(2), { minLength: names.length, maxLength: names.length })
  await fc.assert(
    fc.asyncProperty(states, states, async (before, after) => {
      const [from, to] = [await databaseOf(before), await databaseOf(after)]
      const { warnings } = await difference(from, to)
      expect(warnings).toEqual([])
      expect(await difference(from, to)).toEqual({ statements: [], drops: [], warnings: [] })
    }),
    { numRuns: Number(process.env.RUNS ?? 4), endOnFailure: true },
  )
})

test('what loses something is named', { timeout: 60_000 }, async () => {
  const [from, to] = [await databaseOf(all(1)), await databaseOf(all(0))]
  const { drops } = await difference(from, to)
  expect(drops).toContain('DROP TABLE "public"."a"')
  expect(drops).toContain('DROP POLICY "photos" ON "storage"."objects"')
  expect(drops).toContain(`select cron.unschedule('nightly')`)
  expect(drops.filter((statement) => !/^DROP| DROP |^select cron\.unschedule/.test(statement))).toEqual([])
})

test('of some schemas alone, and never of the platform', { timeout: 60_000 }, async () => {
  const [from, to] = [await databaseOf(all(0)), await databaseOf(all(1))]
  await connected(to.connections, 'supabase_admin', async (client) => {
    await client.query(
      'alter table auth.users add extra int; create table portico.extra (a int); create table storage.extra (a int)',
    )
  })
  const login = (database: TestDatabase) => database.connections.for('supabase_admin')
  const apply = (statements: readonly string[]) => run(from, statements)
  const { statements } = await schemaDiff(login(from), login(to), { schemas: ['private'], apply })
  expect(statements.join('\n')).toMatch(/create schema "private"/)
  expect(statements.filter((statement) => !statement.includes('"private"'))).toEqual([])
  const rest = await difference(from, to)
  expect(rest.statements.filter((statement) => /extra/.test(statement))).toEqual([])
})
