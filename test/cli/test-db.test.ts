import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { hasPostgres15, type OwnServer, startPostgres15 } from '../database/postgres-15.ts'
import { administer } from '../support/administer.ts'
import { useDatabase } from '../support/database.ts'
import { folderOf, portico } from './portico.ts'

const database = useDatabase('create table public.notes (id int primary key, body text)')
const { socketFolder, port } = inject('postgres')
const on = () => [
  '--db-url',
  `postgresql://postgres@localhost:${port}/${database.name}?host=${encodeURIComponent(socketFolder)}`,
]

const wrapped = (...lines: readonly string[]) =>
  ['begin;', ...lines, 'select * from finish();', 'rollback;', ''].join('\n')

/** What psql makes of a file, told in pgTAP: each of them passes. */
const psql = {
  'variables.sql': wrapped(
    String.raw`\set name 'O''Brien'`,
    String.raw`\set table notes`,
    String.raw`\set joined one two`,
    'select plan(8);',
    `select is(:'name'::text, 'O''Brien', 'a literal');`,
    `select has_table('public', :'table'::name, 'followed by a cast');`,
    `select is((select count(*) from :"table"), 0::bigint, 'a name, in parentheses');`,
    `select is(:'joined'::text, 'onetwo', 'values are joined');`,
    `select is('a :name b'::text, $$a :name b$$, 'none in quotes');`,
    `select is((array[1,2,3])[1:2], array[1,2], 'a slice is none');`,
    `select is(:{?name} and not :{?other}, true, 'whether it is set') -- :name`,
    ';',
    String.raw`\unset name`,
    `select is(:{?name}, false, 'no longer set');`,
  ),
  'gset.sql': wrapped(
    'select plan(4);',
    String.raw`select 41 + 1 as answer, null as nothing \gset my_`,
    `select is(:my_answer, 42, 'a column');`,
    `select is(:{?my_nothing}, false, 'null unsets');`,
    String.raw`select format('select pass(%L);', n) from generate_series(1, 2) n \gexec`,
  ),
  'branches.sql': wrapped(
    'select plan(2);',
    String.raw`\set yes on`,
    String.raw`\if :yes`,
    String.raw`  \if :{?other}`,
    `    select fail('set');`,
    String.raw`  \elif 1`,
    `    select pass('elif');`,
    String.raw`  \else`,
    String.raw`    \ir nowhere.sql`,
    String.raw`  \endif`,
    String.raw`\else`,
    '    this is no SQL;',
    String.raw`\endif`,
    `select pass('behind') \\g`,
  ),
  'include.sql': wrapped('select plan(2);', String.raw`\ir parts/part.psql`, String.raw`\i parts/part.psql`),
  'parts/part.psql': `select ok(not :{?depth}, 'included');\n`,
  'copy.sql': wrapped(
    'select plan(2);',
    'copy notes from stdin;',
    '1\tone; two',
    String.raw`\.`,
    `select is(body, 'one; two') from notes;`,
    String.raw`\echo not a test \\ select pass('the same line');`,
  ),
  'on-error.sql': [
    String.raw`\unset ECHO`,
    String.raw`\set QUIET 1`,
    String.raw`\pset format unaligned`,
    String.raw`\set ON_ERROR_ROLLBACK 1`,
    String.raw`\set ON_ERROR_STOP off`,
    'begin;',
    'select plan(3);',
    'select 1/0;',
    `select is(:'SQLSTATE'::text, '22012', 'what it was');`,
    String.raw`\d notes`,
    `select is(:'ERROR'::text, 'false', 'none since'); select pass('the transaction goes on')`,
    ';',
    'select * from finish();',
    'rollback;',
  ].join('\n'),
  'no-plan.pg': wrapped('select * from no_plan();', `select pass();`, `select todo('later', 1); select fail('to do');`),
  'subtests.sql': `begin;
create function pg_temp.test_one() returns setof text language plpgsql as $$ begin return next pass('in a subtest'); end $$;
select * from runtests((select nspname from pg_namespace where oid = pg_my_temp_schema()), '^test_');
rollback;`,
  'skipped.sql': `select plan(0) where false; select '1..0 # SKIP not on this machine';`,
}

const failing = {
  'a_failed.sql': wrapped('select plan(3);', 'select pass();', `select is(1, 2, 'one is two');`, 'select skip(1);'),
  'b_died.sql': wrapped(
    'select plan(2);',
    'select pass();',
    '',
    'select',
    '  nothing',
    'from nowhere;',
    'select pass();',
  ),
  'c_short.sql': 'begin; select plan(3); select pass(); select pass(); rollback;',
  'd_silent.sql': 'select 1;',
  'e_todo.sql': wrapped('select plan(1);', `select todo('later', 1); select pass();`),
  'f_program.sql': '\\! touch /tmp/never\n',
}

const named = (folder: string, files: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [`supabase/tests/${folder}/${name}`, text]))

const project = folderOf({ 'supabase/config.toml': '', ...named('psql', psql), ...named('failing', failing) })
afterAll(() => project.remove())
const testDb = (...args: readonly string[]) =>
  portico(['test', 'db', '--project', project.path, ...on(), ...args], { cwd: project.path })

test('what psql would run, runs', async () => {
  const { code, stdout, stderr } = await testDb('supabase/tests/psql')
  const tests = ['branches.sql', 'copy.sql', 'gset.sql', 'include.sql', 'no-plan.pg', 'on-error.sql', 'skipped.sql']
  const verdicts = stdout.split('\n').filter((line) => line.includes(' .'))
  expect(verdicts.map((line) => line.replace(/ \.+ /, ' '))).toEqual(
    [...tests, 'subtests.sql', 'variables.sql'].map(
      (name) => `supabase/tests/psql/${name} ${name === 'skipped.sql' ? 'skipped: not on this machine' : 'ok'}`,
    ),
  )
  expect(stdout).toMatch(/\nAll tests successful\.\nFiles=9, Tests=24, +\d+ wallclock secs\nResult: PASS\n$/)
  expect(stderr).toBe('supabase/tests/psql/on-error.sql:8: ERROR:  division by zero\n')
  expect(code).toBe(0)
})

test('what fails is told as pg_prove does, with why', async () => {
  const { code, stdout, stderr } = await testDb('supabase/tests/failing')
  expect(`${stdout.replace(/ +\d+ wallclock/, ' N wallclock')}\n${stderr}`).toMatchSnapshot()
  expect(code).toBe(1)
  expect(existsSync('/tmp/never')).toBe(false)
})

test('no more runs once one has bailed out', async () => {
  const folder = folderOf({ '1.sql': `select 'Bail out!  No network';`, '2.sql': `select plan(1); select pass();` })
  const { code, stdout } = await testDb(folder.path)
  expect(stdout).toMatch(/Bailout called\. {2}Further testing stopped: {2}No network\n/)
  expect(stdout).toMatch(/Files=1, Tests=0,.*\nResult: FAIL\n$/)
  expect(code).toBe(1)
  folder.remove()
})

test('all that a test prints, where that is asked for', async () => {
  const { stdout } = await testDb('supabase/tests/psql/gset.sql', '--verbose')
  expect(stdout).toContain('\n1..4\nok 1 - a column\nok 2 - null unsets\nok 3 - 1\nok 4 - 2\n')
})

test('pgTAP is there for the tests alone', async () => {
  const { stdout } = await portico(['db', 'query', `select extname from pg_extension where extname = 'pgtap'`, ...on()])
  expect(stdout).toContain('(0 rows)')
  await administer(database.connections, 'create extension pgtap with schema extensions')
  await testDb('supabase/tests/psql/gset.sql')
  await administer(database.connections, 'drop extension pgtap')
})

test.for([
  { args: ['supabase/tests/none.sql'], says: /There is no .*none\.sql\./ },
  { args: ['--linked'], says: /Nothing is linked here.*--db-url/ },
  { args: ['--project', '/'], says: /There are no tests: \/supabase\/tests is not there.*portico test new NAME/ },
])('$args', async ({ args, says }) => {
  const { code, stderr } = await testDb(...args)
  expect(stderr).toMatch(says)
  expect(code).toBe(1)
})

describe('without a backend', () => {
  const fresh = folderOf({
    'supabase/config.toml': '',
    'supabase/migrations/20260101000000_words.sql': 'create table public.words (word text primary key);',
  })
  afterAll(() => fresh.remove())
  const run = (...args: readonly string[]) => portico(args, { cwd: fresh.path })

  test('a new test passes on what the migrations make', async () => {
    expect(await run('test', 'new', 'words')).toMatchObject({ code: 0, stdout: 'supabase/tests/words_test.sql\n' })
    expect((await run('test', 'new', 'words')).stderr).toContain('supabase/tests/words_test.sql is there already.')
    expect((await run('test', 'new', '../words')).stderr).toContain('A name has letters')
    expect(readFileSync(join(fresh.path, 'supabase/tests/words_test.sql'), 'utf8')).toContain('select plan(1);')
    const { code, stdout } = await run('db', 'test')
    expect(stdout).toMatch(/^supabase\/tests\/words_test\.sql \.\. ok\nAll tests successful\.\nFiles=1, Tests=1,/)
    expect(code).toBe(0)
  })
})

describe.runIf(hasPostgres15)('on a server that does not have pgTAP', () => {
  let server: OwnServer
  beforeAll(async () => {
    server = await startPostgres15()
  })
  afterAll(() => server.stop())
  const own = () => ['--db-url', `postgresql://postgres@localhost:${server.port}/postgres?host=${server.socketFolder}`]
  const policies = folderOf({
    'supabase/tests/one.sql': wrapped(
      'create extension if not exists pgtap with schema extensions;',
      'select plan(1);',
      `select has_table('auth', 'users', 'users');`,
    ),
  })
  afterAll(() => policies.remove())
  const run = (...args: readonly string[]) => portico([...args, '--project', policies.path, ...own()])

  test('it is made where Portico has built the database, and nowhere else', async () => {
    expect((await run('test', 'db')).stderr).toMatch(/does not have the extension pgtap/)
    await run('migration', 'up')
    for (const _ of ['made', 'there']) {
      const { code, stdout, stderr } = await run('test', 'db')
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout).toMatch(/Files=1, Tests=1,.*\nResult: PASS\n/)
    }
  })
})
