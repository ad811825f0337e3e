import { beforeEach, describe, expect, test } from 'vitest'
import { administer } from '../support/administer.ts'
import { useDatabase } from '../support/database.ts'
import { useGateway } from '../support/gateway.ts'

/** Each makes something of `box` or of `thing` below it look elsewhere, or not. */
const looks: [what: string, looksElsewhere: boolean, ...statements: string[]][] = [
  ['policies of who asks alone', false],
  [
    'a policy that looks at the parent',
    true,
    'drop policy own on thing',
    'create policy own on thing for all using (true) with check (exists (select from box b where b.id = box_id))',
  ],
  [
    'a policy of a function',
    true,
    'create function is_there(int) returns boolean language sql stable as $$ select exists (select from box where id = $1) $$',
    'drop policy own on thing',
    'create policy own on thing for all using (true) with check (is_there(box_id))',
  ],
  [
    'a policy of a query in a text',
    true,
    'drop policy own on thing',
    `create policy own on thing for all using (true)
      with check (query_to_xml(format('select 1 from box where id = %s', box_id), true, false, '')::text like '%row%')`,
  ],
  [
    'a policy of others that looks at the parent when rows are removed',
    false,
    'create policy removed on thing for delete using (exists (select from box b where b.id = box_id))',
  ],
  [
    'a trigger',
    true,
    `create function say() returns trigger language plpgsql as $$
      begin new.what := (select name from box where id = new.box_id); return new; end $$`,
    'create trigger say before insert on thing for each row execute function say()',
  ],
  [
    'a trigger of the parent',
    true,
    `create function fill() returns trigger language plpgsql as $$
      begin insert into thing (box_id, what) values (new.id, 'its first'); return null; end $$`,
    'create trigger fill after insert on box for each row execute function fill()',
  ],
  [
    'a trigger of removals',
    false,
    'create function gone() returns trigger language plpgsql as $$ begin return null; end $$',
    'create trigger gone after delete on thing for each row execute function gone()',
  ],
  [
    'a default by a function',
    true,
    'create function boxes() returns bigint language sql stable as $$ select count(*) from box $$',
    'alter table thing add n bigint default boxes()',
  ],
  ['a default by a function of Postgres', false, 'alter table thing add key uuid default gen_random_uuid()'],
  ['a default by what came last', true, `alter table thing add n bigint default lastval()`],
  [
    'a check by a function',
    true,
    'create function known(int) returns boolean language sql stable as $$ select exists (select from box where id = $1) $$',
    'alter table thing add check (known(box_id))',
  ],
  ['a check of its own columns', false, `alter table thing add check (what <> '' and length(what) < 100)`],
  [
    'a domain',
    true,
    'create function fine(text) returns boolean language sql stable as $$ select exists (select from box) $$',
    'create domain fine_text as text check (fine(value))',
    'alter table thing add more fine_text',
  ],
  [
    'a policy that makes a list of a domain',
    true,
    'create function fine(text) returns boolean language sql stable as $$ select exists (select from box) $$',
    'create domain fine_text as text check (fine(value))',
    'drop policy own on thing',
    "create policy own on thing for all using (true) with check (('{' || what || '}')::fine_text[] is not null)",
  ],
  [
    'a policy that makes a row with a domain',
    true,
    'create function fine(text) returns boolean language sql stable as $$ select exists (select from box) $$',
    'create domain fine_text as text check (fine(value))',
    'create type labelled as (label fine_text)',
    'drop policy own on thing',
    "create policy own on thing for all using (true) with check (('(' || what || ')')::labelled is not null)",
  ],
  [
    'a default by where a sequence is',
    true,
    `alter table thing add n bigint default pg_sequence_last_value('box_id_seq')`,
  ],
  [
    'a policy that compares with an enum',
    false,
    `create type size as enum ('small', 'large')`,
    `alter table thing add size size default 'small'`,
    'drop policy own on thing',
    `create policy own on thing for all using (true) with check (size = any ('{small,large}'::size[]) and size <> 'large')`,
  ],
  [
    'an index by a function',
    true,
    'create function short(text) returns text language sql immutable as $$ select left($1, 2) $$',
    'create index on thing (short(what))',
  ],
  ['a rule', true, 'create rule twice as on update to thing do also select 1'],
  ['a table that inherits', true, 'create table thing_of_glass () inherits (thing)'],
]

const database = useDatabase()
const asked: number[] = []
const app = useGateway(database, {
  wrap: (pool) => ({
    ...pool,
    bytes(caller, request, statements, options) {
      asked.push(statements.length)
      return pool.bytes(caller, request, statements, options)
    },
  }),
})

const write = `mutation {
  insertIntoboxCollection(objects: [{ name: "tools", thingCollection: { create: [{ what: "saw" }, { what: "axe" }] } }]) {
    affectedCount records { name nodeId }
  }
}`

beforeEach(async () => {
  await administer(
    database.connections,
    'drop schema public cascade; create schema public authorization postgres; grant usage on schema public to anon, authenticated, service_role; set role postgres',
    'alter default privileges in schema public grant all on tables to authenticated; alter default privileges in schema public grant all on sequences to authenticated',
    "create table box (id int generated by default as identity primary key, name text not null, owner text default (auth.jwt() ->> 'sub'))",
    'create table thing (id int generated by default as identity primary key, box_id int not null references box (id), what text not null)',
    'alter table box enable row level security; alter table thing enable row level security',
    `create policy own on box for all using (owner = (select auth.jwt() ->> 'sub')) with check (owner = (select auth.jwt() ->> 'sub'))`,
    'create policy own on thing for all using (true) with check (box_id > 0)',
  )
})

describe.each(looks)('new rows below a new row, with %s', (_, looksElsewhere, ...statements) => {
  test(`are ${looksElsewhere ? 'written level by level' : 'one statement'}`, async () => {
    await administer(database.connections, ...statements.map((statement) => `set role postgres; ${statement}`))
    await app.refresh()
    asked.length = 0
    const { data, errors } = await app.graphql(write, { claims: { sub: 'ann' } })
    expect(errors).toBeUndefined()
    expect(data).toMatchObject({ insertIntoboxCollection: { affectedCount: 1, records: [{ name: 'tools' }] } })
    expect(asked).toEqual([looksElsewhere ? 3 : 1])
  })
})
