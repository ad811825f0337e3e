import { readFileSync, statSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { useRunningProject } from './portico.ts'

const migration = `create schema private;
create type mood as enum ('calm', 'busy');
create table public.notes (
  id bigint generated always as identity primary key,
  owner uuid references auth.users on delete cascade,
  body text,
  mood mood default 'calm',
  loud text generated always as (upper(body)) stored
);
alter table notes enable row level security;
create policy own on notes to authenticated using (owner = auth.uid());
create table private."Odd names" ("a b" int[], bytes bytea, doc jsonb, span interval, big numeric, "when" timestamptz);
create table public.parts (id int) partition by range (id);
create table public.parts_1 partition of public.parts for values from (0) to (10);
create materialized view public.moods as select mood, count(*) as times from notes group by mood;
create materialized view public.a_mood as select mood, times from moods;
create materialized view private.unfilled as select id from notes with no data;
`
const seed = `insert into auth.users (id, email) values ('a0000000-0000-0000-0000-000000000001', 'ada@example.com');
insert into notes (owner, body) values ('a0000000-0000-0000-0000-000000000001', e'it''s \\\\ a\\tline\\nbreak'), (null, null), (null, '');
insert into private."Odd names" values ('{1,null}', '\\xdead00', '{"a": "\\"\\\\n"}', '1 day 02:00', 1e30, '2026-01-31 12:00:00.123456+00');
insert into parts values (3);
insert into storage.buckets (id, name) values ('photos', 'photos');
refresh materialized view moods;
refresh materialized view a_mood;
`

/** One project, whose tests go in order. */
const { run, at } = useRunningProject({
  'supabase/config.toml': '',
  'supabase/migrations/20260101000000_all.sql': migration,
  'supabase/seed.sql': seed,
})

test('the schema that is dumped is the one that the migrations make', async () => {
  const { stderr } = await run('db', 'dump', '-f', 'supabase/schemas/all.sql')
  expect(stderr).toBe('Wrote supabase/schemas/all.sql\n')
  expect(readFileSync(at('supabase/schemas/all.sql'), 'utf8')).toMatch(/create policy "own" on "public"\."notes"/)
  expect((await run('db', 'diff')).stderr).toMatch(/No schema changes found\.\n$/)
  const { stdout } = await run('db', 'dump', '--schema', 'private')
  expect(stdout).toMatch(/^create schema "private";\n/)
  expect(stdout).not.toContain('"public"')
  await rename(at('supabase/schemas'), at('schemas'))
})

test.each([[[]], [['--use-copy']]])('rows come back from a dump %j as they were', async (flags) => {
  const dump = async (...more: readonly string[]) => await run('db', 'dump', '--data-only', ...flags, ...more)
  await dump('-f', 'supabase/seed.sql')
  const before = readFileSync(at('supabase/seed.sql'), 'utf8')
  expect(statSync(at('supabase/seed.sql')).mode & 0o777).toBe(0o600)
  for (const what of ['ada@example.com', 'private."Odd names" ("a b", bytes', 'public.parts_1', 'storage.buckets']) {
    expect(before).toContain(what)
  }
  expect(before).not.toMatch(/loud|portico|schema_migrations|public\.parts /)
  expect((await run('db', 'reset')).code).toBe(0)
  expect((await dump()).stdout).toBe(before)
  expect((await run('db', 'query', '-o', 'csv', 'select * from a_mood')).stdout).toBe('mood,times\r\ncalm,3\r\n')
  expect((await run('db', 'query', 'select * from private.unfilled')).stderr).toContain('has not been populated')
  const { stdout } = await run(
    'db',
    'query',
    '-o',
    'csv',
    'insert into notes (body) values ($$next$$) returning id, loud',
  )
  expect(stdout).toBe('id,loud\r\n4,NEXT\r\n')
  await run('db', 'query', `delete from notes where body = 'next'; select setval('notes_id_seq', 3)`)
})

test('some tables alone', async () => {
  const { stdout } = await run('db', 'dump', '--data-only', '-s', 'public', '-x', 'public.parts_1')
  expect([...stdout.matchAll(/insert into (\S+)/g)].map(([, name]) => name)).toEqual(['public.notes'])
})

test('roles, without passwords', async () => {
  await run(
    'db',
    'query',
    `create role dump_reader login password 'secret'; grant dump_reader to authenticator;
    alter role dump_reader set statement_timeout = '3s';
    alter role dump_reader set search_path = "$user", public, 'a "b", c''d'`,
  )
  const { stdout } = await run('db', 'dump', '--role-only')
  expect(stdout).toBe(
    [
      'create role dump_reader login;',
      "alter role dump_reader set statement_timeout = '3s';",
      `alter role dump_reader set search_path = '$user', 'public', 'a "b", c''d';`,
      'grant dump_reader to authenticator;\n',
    ].join('\n'),
  )
  const searchPath = `select rolconfig[2] from pg_roles where rolname = 'dump_reader'`
  const before = await run('db', 'query', searchPath)
  await run('db', 'query', 'drop role dump_reader')
  for (const statement of stdout.trim().split('\n')) await run('db', 'query', statement)
  expect(await run('db', 'query', searchPath)).toEqual(before)
})

test.for([
  { args: ['--use-copy'], says: /about rows: add --data-only/ },
  { args: ['--data-only', '--role-only'], says: /not both/ },
  { args: ['--linked'], says: /Nothing is linked here/ },
  { args: ['--data-only', '-f', 'supabase/config.toml/x.sql'], says: /config\.toml\/x\.sql cannot be written: E/ },
])('$args', async ({ args, says }) => {
  const { code, stderr } = await run('db', 'dump', ...args)
  expect(stderr).toMatch(says)
  expect(code).toBe(1)
})
