import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { applyProject, type Connections } from '#database'
import type { PorticoError } from '#errors'
import { administer } from '../support/administer.ts'
import { cloneDatabase, type TestDatabase, useDatabase } from '../support/database.ts'
import { forgetProject } from './forget-project.ts'
import { createProjectFolder, type ProjectFolder } from './project-folder.ts'
import { connected } from './sql-client.ts'

let folder: ProjectFolder
const database = useDatabase()
beforeEach(() => {
  folder = createProjectFolder()
})
afterEach(async () => {
  folder.remove()
  await forgetProject(database.connections)
})

const migrate = async (...files: string[]) => {
  folder.write(Object.fromEntries(files.map((text, i) => [`migrations/${i + 1}_m.sql`, text])))
  return await applyProject(folder.options(database.connections))
}
const failing = async (work: Promise<unknown>): Promise<PorticoError> => {
  return await work.then(
    () => expect.fail('it should have failed'),
    (error: PorticoError) => error,
  )
}
async function query(text: string, connections: Connections = database.connections): Promise<unknown[][]> {
  return await connected(connections, 'supabase_admin', async (client) => {
    const result = await client.query<unknown[]>({ text, rowMode: 'array' })
    return result.rows
  })
}
const tables = async () =>
  (await query("select tablename::text from pg_tables where schemaname = 'public' order by 1")).flat()
const versions = async () =>
  (await query('select version from supabase_migrations.schema_migrations order by 1')).flat()

describe('a statement that fails is found, and its file leaves nothing behind', () => {
  test.each<[what: string, file: string, line: number, message: RegExp, hint?: RegExp]>([
    [
      'a name that is not there',
      'create table a (id int);\n\nselect *\n  from nowhere;',
      4,
      /relation "nowhere" does not exist/,
    ],
    ['a syntax error', '-- first\ncreate table a (id int);\ncreate tabel b;', 3, /syntax error at or near "tabel"/],
    ['characters that are two in UTF-16', "select '😀😀',\n nope;", 2, /column "nope" does not exist/],
    ['Windows line ends', 'select 1;\r\n\r\nselect nope;\r\n', 3, /column "nope"/],
    [
      'inside a function',
      'create table a (id int);\ndo $$\nbegin\n  perform nope();\nend $$;',
      2,
      /function nope\(\) does not exist/,
      /in PL\/pgSQL function/,
    ],
    [
      'a constraint',
      'create table a (id int primary key);\ninsert into a values (1);\ninsert into a values (1);',
      3,
      /duplicate key/,
    ],
    [
      'data',
      'create table a (id int);\ncopy a from stdin;\n1\nx\n\\.\n',
      2,
      /invalid input syntax for type integer: "x"/,
      /COPY a, line 2/,
    ],
    ['a quote that is not closed', "create table a (id int);\nselect 'x;\n", 2, /unterminated quoted string/],
    [
      'a constraint that is checked at the end',
      'create table a (id int primary key deferrable initially deferred);\ninsert into a values (1), (1);\n',
      2,
      /duplicate key/,
    ],
    ['a command of psql', 'create table a (id int);\n\\connect other\n', 2, /\\connect is a command of psql/],
    [
      'a hint of Postgres',
      'create table a (id int);\nselect upper(1);',
      2,
      /function upper\(integer\) does not exist/,
      /type casts|argument types/,
    ],
    ['what postgres may not', 'create table a (id int);\ncreate role r superuser;', 2, /permission denied/],
  ])('%s', async (_, file, line, message, hint) => {
    const error = await failing(migrate('create table first (id int)', file, 'create table third (id int)'))
    expect(error.code).toBe('SQL_FILE_FAILED')
    expect(error.message).toMatch(message)
    if (line > 0) {
      expect(error.message).toMatch(new RegExp(`^supabase/migrations/2_m\\.sql:${line}: `))
      expect(error.details).toMatchObject({ file: 'supabase/migrations/2_m.sql', line })
    }
    if (hint) expect(error.message).toMatch(hint)
    expect(await tables()).toEqual(['first'])
    expect(await versions()).toEqual(['1'])
  })

  test('mended, it goes on from there', async () => {
    await failing(migrate('create table a (id int)', 'create table b (id int); select nope'))
    const { migrations } = await migrate(
      'create table a (id int)',
      'create table b (id int)',
      'create table c (id int)',
    )
    expect(migrations.map(({ version }) => version)).toEqual(['2', '3'])
    expect(await tables()).toEqual(['a', 'b', 'c'])
  })

  test.each([
    ['create table a (id int);\n\ncreate extension if not exists plv8 with schema extensions;', 'plv8', 3],
    ['create extension postgis', 'postgis', 1],
    ['do $$ begin\n create extension timescaledb;\nend $$', 'timescaledb', 1],
  ])('an extension that is not to be had: %s', async (file, extension, line) => {
    const error = await failing(migrate(file))
    expect(error.code).toBe('EXTENSION_UNAVAILABLE')
    expect(error.details).toEqual({ file: 'supabase/migrations/1_m.sql', line, extension })
    expect(error.message).toContain('--db-url')
    expect(await tables()).toEqual([])
  })

  test.each([
    ['a line', 'create table a (\n  b text nott null\n)', '  2 |   b text nott null\n    |          ^\n'],
    ['letters of two units', "select '😀', nope", "  1 | select '😀', nope\n    |              ^\n"],
    [
      'tabs, and a line end of Windows',
      'select 1,\r\n\tx\tfrom nope;\r\n',
      '  2 | \tx\tfrom nope;\n    | \t \t     ^\n',
    ],
    [
      'a long line',
      `select ${'1, '.repeat(100)}nope, ${'2, '.repeat(100)}3`,
      `  1 | ${'1, '.repeat(17).slice(-50)}nope, ${'2, '.repeat(14)}2,\n    | ${' '.repeat(50)}^\n`,
    ],
  ])('the place in %s is shown', async (_, file, excerpt) => {
    expect((await failing(migrate(file))).message).toContain(`\n${excerpt}`)
  })

  test('a file that is not UTF-8', async () => {
    folder.write({ 'migrations/1_m.sql': '' })
    const { writeFileSync } = await import('node:fs')
    writeFileSync(`${folder.supabase}/migrations/1_m.sql`, Buffer.from("select 'caf\xe9'", 'latin1'))
    expect((await failing(applyProject(folder.options(database.connections)))).message).toMatch(
      /1_m\.sql:1: the file is not UTF-8/,
    )
  })
})

describe('what cannot be in one transaction', () => {
  test.each<[what: string, file: string, expected: string[]]>([
    [
      'an index made concurrently',
      'create table a (id int);\ncreate index concurrently i on a (id);\ncreate table b (id int);',
      ['a', 'b'],
    ],
    ['vacuum', 'create table a (id int); vacuum a; create table b (id int)', ['a', 'b']],
    ['it is all there is', 'vacuum', []],
    [
      'a new value of an enum, used',
      "create type mood as enum ('x'); create table a (m mood); \nalter type mood add value 'y';\ninsert into a values ('y'); create table b (id int)",
      ['a', 'b'],
    ],
    [
      'a procedure that commits',
      'create table a (id int); create procedure p() language plpgsql as $$ begin insert into a values (1); commit; end $$; call p(); create table b (id int)',
      ['a', 'b'],
    ],
    ['a transaction of the file', 'begin; create table a (id int); commit; create table b (id int)', ['a', 'b']],
    ['one around it all', '-- x\nbegin;\ncreate table a (id int);\ncommit;\n-- y', ['a']],
    ['one that is taken back', 'create table a (id int); rollback; create table b (id int)', ['b']],
    [
      'savepoints',
      'create table a (id int); savepoint s; create table b (id int); rollback to savepoint s; create table c (id int); release s',
      ['a', 'c'],
    ],
  ])('%s', async (_, file, expected) => {
    await migrate(file)
    expect(await tables()).toEqual(expected)
    expect(await versions()).toEqual(['1'])
    expect(await query('select * from portico.unfinished')).toEqual([])
  })

  test('what was done before a failure is not done again', async () => {
    const start = 'create table a (id int);\ncreate index concurrently i on a (id);\n'
    const error = await failing(migrate(`${start}create table b (id int);\nselect nope;`))
    expect(error.message).toMatch(/1_m\.sql:4: .*\n(.*\n){3} +hint: what stands before it/)
    expect(await tables()).toEqual(['a'])
    expect(await versions()).toEqual([])
    await migrate(`${start}create table c (id int);`)
    expect(await tables()).toEqual(['a', 'c'])
    expect(await versions()).toEqual(['1'])
  })

  test('nor silently left out when it is changed', async () => {
    await failing(migrate('create table a (id int);\ncreate index concurrently i on a (id);\nselect nope;'))
    const error = await failing(
      migrate('create table a (id int, x int);\ncreate index concurrently i on a (id);\nselect 1;'),
    )
    expect(error.message).toMatch(/1_m\.sql:3: the file was changed above this line/)
  })

  test('a transaction around the whole file is still one with the record', async () => {
    await failing(migrate('begin;\ncreate table a (id int);\nselect nope;\ncommit;'))
    expect(await tables()).toEqual([])
  })
})

describe('files do not touch one another', () => {
  test('settings, role and temporary tables end with a file', async () => {
    await migrate(
      "select set_config('search_path', '', false); set role anon; set check_function_bodies = off;",
      'create temp table t (id int); create table a as select current_user::text as who, current_setting($$search_path$$) as path;',
      'create temp table t (id int); create table b (id int);',
    )
    expect(await query('select who, path from a')).toEqual([['postgres', '"$user", public, extensions']])
    expect(await query("select tableowner::text from pg_tables where tablename = 'b'")).toEqual([['postgres']])
  })

  test('copy … from stdin as pg_dump writes it', async () => {
    await migrate(
      [
        '\\restrict x',
        "SET client_encoding = 'UTF8';",
        'CREATE TABLE public.a (id integer, t text);',
        'COPY public.a (id, t) FROM stdin;',
        "1\tZoë\\tand; -- 'more",
        '2\t\\N',
        '\\.',
        '',
        'COPY public.a (id, t) FROM stdin WITH (FORMAT csv);',
        '3,"a ""b"""',
        '\\.',
        '\\unrestrict x',
        'CREATE TABLE public.b (id integer);',
      ].join('\n'),
    )
    expect(await query('select id, t from a order by id')).toEqual([
      [1, "Zoë\tand; -- 'more"],
      [2, null],
      [3, 'a "b"'],
    ])
    expect(await tables()).toEqual(['a', 'b'])
  })

  test('what Supabase lets postgres do, it may do here', async () => {
    await migrate(
      `
      create function public.note() returns event_trigger language plpgsql as $$ begin end $$;
      create event trigger note on ddl_command_end execute function public.note();
      comment on event trigger note is 'x';
      drop event trigger note;
      create publication everything for all tables;
      drop publication everything;
      alter database ${database.name} set "app.settings.mine" = 'x';
      create extension citext version '0.0' cascade; drop extension citext;
    `,
    )
  })

  const everything = 'create publication everything for all tables'
  const whatever = "create publication whatever for tables in schema public, auth with (publish = 'insert, update')"
  test('also in a block that makes what is not there yet', async () => {
    const making = (name: string, statement: string) =>
      `if not exists (select from pg_publication where pubname = '${name}') then ${statement}; end if;`
    await migrate(
      `do $$ begin ${making('everything', everything)} ${making('whatever', whatever)} create table a (id int); end $$;`,
      `do $$ begin ${making('everything', everything)} create table b (id int); end $$;`,
      `drop publication everything; do $$ begin ${everything} ; end $$; drop publication everything, whatever`,
    )
    expect(await tables()).toEqual(['a', 'b'])
    expect(await versions()).toEqual(['1', '2', '3'])
  })

  test('a version that is another one here, in a block', async () => {
    await migrate(`do $$ begin
      create table a (id int, version text default 'x');
      create extension citext version '0.0' cascade;
      drop extension citext;
    end $$`)
    expect(
      await query(
        "select column_default from information_schema.columns where table_name = 'a' and column_name = 'version'",
      ),
    ).toEqual([["'x'::text"]])
  })

  test.each([
    ['a block', 'do $$ begin create role r superuser; end $$'],
    ['a block in a block', "do $$ begin execute 'do $b$ begin create role r superuser; end $b$'; end $$"],
    ['a block with more', "do $$ begin execute 'create publication p for all tables; create role r superuser'; end $$"],
    ['what a block puts together', "do $$ begin execute 'create publication p for all ' || 'tables'; end $$"],
    [
      'what stands twice in a block',
      'do $$ begin create publication p for all tables; create publication p for all tables; end $$',
    ],
    [
      'an event trigger in a block',
      'do $$ begin create event trigger e on ddl_command_end execute function f(); end $$',
    ],
    ['a foreign data wrapper in a block', 'do $$ begin create foreign data wrapper w; end $$'],
    ['a setting of the database in a block', 'do $$ begin alter database postgres set log_statement = "all"; end $$'],
    ['an index of neighbours', 'create index hnsw on vault.secrets (name)'],
  ])('and no more: %s', async (_, file) => {
    expect((await failing(migrate(file))).details).toMatchObject({ sqlstate: '42501' })
    expect(await query("select from pg_roles where rolname = 'r'")).toEqual([])
  })
})

describe('an extension that the server lacks and a stand-in takes the place of, in a block', () => {
  let bare: TestDatabase
  beforeAll(async () => {
    bare = await cloneDatabase()
    await administer(bare.connections, `alter database ${bare.name} set extension_control_path = '$system'`)
  })
  afterAll(() => bare.drop())
  afterEach(() => forgetProject(bare.connections))

  const apply = (text: string) => {
    folder.write({ 'migrations/1_m.sql': text })
    return applyProject(folder.options(bare.connections))
  }
  const made = async () =>
    await query("select tablename::text from pg_tables where schemaname = 'public' order by 1", bare.connections)

  test('the rest of the block is run', async () => {
    await apply(`do $$ begin
        create extension if not exists pg_jsonschema with schema extensions;
        create extension if not exists pgmq;
        create table a (id int primary key check (extensions.json_matches_schema('{}', '{}')));
      end $$;
      create table b (id int);`)
    expect(await made()).toEqual([['a'], ['b']])
  })

  test('nor is a statement left out for what a function says', async () => {
    const error = await failing(
      apply(`create function f(int) returns int immutable language plpgsql as $f$ begin raise 'extension "http" is not available'; end $f$;
        create table a (id int); insert into a values (1); create index hnsw on a (f(id))`),
    )
    expect(error.code).toBe('EXTENSION_UNAVAILABLE')
    expect(await made()).toEqual([])
  })

  test.each([
    ['put together', "execute 'create extension ' || 'http'"],
    ['of a function', 'perform public.f()'],
  ])('or the file is refused: %s', async (_, statement) => {
    const error = await failing(
      apply(`create function f() returns void language plpgsql as $f$ begin create extension http; end $f$;
        do $$ begin ${statement}; create table a (id int); end $$`),
    )
    expect(error).toMatchObject({ code: 'EXTENSION_UNAVAILABLE', details: { line: 2, extension: 'http' } })
    expect(error.message).toContain('outside of the block')
    expect(await made()).toEqual([])
  })
})
