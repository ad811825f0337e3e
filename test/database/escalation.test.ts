import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { applyBaseline, applyProject } from '#database'
import { silent } from '#observe'
import { administer } from '../support/administer.ts'
import { cloneDatabase, type TestDatabase, useDatabase } from '../support/database.ts'
import { baselineOptions } from '../support/platform.ts'
import { projectFolder } from '../support/project-folder.ts'
import { attempt, connected } from './sql-client.ts'

// Edge functions are given the login of `postgres`, so what it may do to the server is what a function may do to the host.
const database = useDatabase()

const run = (...statements: string[]) =>
  connected(database.connections, 'postgres', (client) => attempt(client, 'postgres', statements))

const apply = async ({ connections }: TestDatabase, migration: string) => {
  const root = await projectFolder({ 'supabase/migrations/1_m.sql': migration })
  await applyProject({
    connections,
    root,
    supabase: join(root, 'supabase'),
    migrations: { enabled: true, schemaPaths: [] },
    seed: { enabled: true, sqlPaths: [] },
    observe: silent,
  })
}

/** Who else than its owner may call a function, wherever it is. */
const callersOf = (name: string) => `
  select r.rolname from pg_proc p cross join pg_roles r
  where p.proname = '${name}' and not r.rolsuper and has_function_privilege(r.oid, p.oid, 'execute')
  order by 1`

describe('an extension gives nobody more than it means to', () => {
  test.each([
    ['in public', ['create extension dblink']],
    ['in extensions', ['create extension dblink with schema extensions']],
    ['in a schema of its own', ['create schema apart', 'create extension dblink with schema apart']],
    [
      'granted on',
      [
        'create extension dblink',
        'do $$ begin grant execute on function dblink_connect_u(text) to anon; exception when others then null; end $$',
      ],
    ],
  ])('dblink %s: no login as the administrator, whom the socket trusts', async (_, create) => {
    expect(await run(...create, callersOf('dblink_connect_u'))).toEqual([])
    expect(await run(...create, "select count(*)::int from pg_proc where proname = 'dblink_connect_u'")).toEqual([[2]])
  })

  test.each([
    ['_http_session', []],
    ['_http_send', [['postgres']]],
    ['_http_answer', [['postgres']]],
  ])('http: its %s is for nobody else', async (name, callers) => {
    for (const create of ['create extension http', 'create extension http with schema extensions']) {
      expect(await run(create, callersOf(name))).toEqual(callers)
      expect(await run(create, `select count(*)::int from pg_proc where proname = '${name}'`)).toEqual([[1]])
    }
  })

  test('dblink is still of use', async () => {
    expect(await run('create extension dblink', "select dblink_connect('host=127.0.0.1 port=1 password=x')")).toBe(
      '08001',
    )
  })

  test('what reads the write-ahead log, past row-level security, is not for the API', async () => {
    const readers = await run('create extension pg_walinspect', callersOf('pg_get_wal_record_info'))
    expect(readers).toEqual([['pg_read_server_files'], ['postgres']])
  })

  test('what was made before this was seen to is closed, too', async () => {
    const older = await cloneDatabase()
    try {
      await administer(
        older.connections,
        'drop event trigger portico_extension_functions',
        'drop function extensions.close_new_extension, extensions.close_extension_functions',
        "delete from portico.baseline where step = '0019_extension_functions'",
        'create extension dblink',
      )
      await applyBaseline(older.connections, baselineOptions)
      const found = connected(older.connections, 'postgres', (c) =>
        attempt(c, 'postgres', [callersOf('dblink_connect_u')]),
      )
      expect(await found).toEqual([])
    } finally {
      await older.drop()
    }
  })
})

test.each([
  ['', ''],
  [', replaced as a replica does', 'set session_replication_role = replica;'],
])('an event trigger of a migration runs as postgres, and never as the administrator%s', async (_, role) => {
  const other = await cloneDatabase()
  const seen = `
    create table public.seen (tag text, who text);
    create function public.note() returns event_trigger language plpgsql
      as $$ begin insert into public.seen values (tg_tag, current_user); end $$;
    create event trigger note on ddl_command_end execute function public.note();`
  try {
    await apply(other, seen)
    const replaced = seen
      .slice(seen.indexOf('create function'), seen.indexOf('create event'))
      .replace('create', 'create or replace')
    await connected(other.connections, 'postgres', async (client) => {
      await client.query(`${role} ${replaced}; reset session_replication_role; create extension citext;`)
    })
    await administer(other.connections, 'create table public.by_the_administrator ()')
    const found = connected(other.connections, 'postgres', (c) =>
      attempt(c, 'postgres', ['select distinct who from public.seen']),
    )
    expect(await found).toEqual([['postgres']])
  } finally {
    await other.drop()
  }
})

describe('a cron job runs as nobody but its owner', () => {
  test.each([
    ['the log takes none from who writes webhooks into it', 'set role supabase_functions_admin'],
    ['nor from the project', 'set role postgres'],
  ])('%s', async (_, become) => {
    const body = '{"runid":1,"username":"supabase_admin","command":"alter role postgres superuser"}'
    const forged = `insert into portico.events (source, name, key, body) values ('cron', 'x', 'x', '${body}')`
    expect(await run(become, forged)).toBe('42501')
    expect(await run(become, "update portico.events set source = 'cron'")).toBe('42501')
  })

  const job = "insert into cron.job (schedule, command, username) values ('* * * * *', 'select 1', 'supabase_admin')"
  test.each([
    ['as it is', []],
    [
      'with a function of the project’s in the place of the one that looks',
      [
        "create function public.pg_has_role(text, text) returns boolean language sql as 'select true'",
        'set search_path = public, pg_catalog',
      ],
    ],
    [
      'with a temporary one',
      [
        'create domain pg_temp.text as pg_catalog.text',
        "create function pg_temp.pg_has_role(text, text) returns boolean language sql as 'select true'",
      ],
    ],
  ])('nobody writes the administrator’s name into a job, %s', async (_, before) => {
    expect(await run('create extension pg_cron', ...before, job)).toBe('42501')
  })
})

test('what was made before webhooks were all that their writer writes is closed, too', async () => {
  const older = await cloneDatabase()
  try {
    await administer(
      older.connections,
      'grant insert on portico.events to supabase_functions_admin',
      `do $$ begin execute replace(replace(pg_get_functiondef('supabase_functions.http_request()'::regprocedure),
        'portico.events (name,', 'portico.events (source, name,'), '    hook, concat_ws', '    ''webhook'', hook, concat_ws'); end $$`,
      "delete from portico.baseline where step = '0026_event_sources'",
    )
    await applyBaseline(older.connections, baselineOptions)
    const run = (...statements: string[]) =>
      connected(older.connections, 'postgres', (client) => attempt(client, 'postgres', statements))
    const forged = "insert into portico.events (source, name, key) values ('cron', 'x', 'x')"
    expect(await run('set role supabase_functions_admin', forged)).toBe('42501')
    const hook = "execute function supabase_functions.http_request('http://127.0.0.1:9/', 'POST')"
    expect(
      await run(
        'create table public.hooked (id int primary key)',
        `create trigger hook after insert on public.hooked for each row ${hook}`,
        'insert into public.hooked values (1)',
        "select source from portico.events where name = 'public.hooked.hook'",
      ),
    ).toEqual([['webhook']])
  } finally {
    await older.drop()
  }
})

/** Functions and operators that a superuser's session would find before Postgres' own; they write down who calls. */
const traps = `
  create table public.caught (what text, who text);
  grant all on public.caught to public;
  create function public.caught(what text) returns void language sql security invoker
    as $$ insert into public.caught values (what, current_user) $$;
  create function public.pg_advisory_lock(key text) returns void language sql
    as $$ select public.caught('lock') $$;
  create function public.pg_advisory_lock(key integer) returns void language sql
    as $$ select public.caught('lock') $$;
  create function public.pg_advisory_lock(key bigint) returns void language sql
    as $$ select public.caught('lock') $$;
  create function public.to_regclass(name text) returns regclass language sql
    as $$ select public.caught('to_regclass'); select pg_catalog.to_regclass(name) $$;
  create function public.has_table_privilege(name text, what text) returns boolean language sql
    as $$ select public.caught('has_table_privilege'); select pg_catalog.has_table_privilege(name, what) $$;
  create function public.caught(a name, b text) returns boolean language sql
    as $$ select public.caught('='); select a operator(pg_catalog.=) b $$;
  create operator public.= (leftarg = name, rightarg = text, function = public.caught);`

describe('the administrator runs nothing of the project’s by mistake', () => {
  test.each([
    ['its own search path', []],
    ['the database’s search path', ['set search_path = public, pg_catalog']],
  ])('%s', async (_, settings) => {
    const other = await cloneDatabase()
    const root = await projectFolder({ 'supabase/migrations/1_a.sql': 'create table a (id int)' })
    const { name, connections } = other
    try {
      await connected(connections, 'postgres', async (client) => {
        await client.query(traps)
        for (const setting of settings) await client.query(`alter database ${name} ${setting}`)
      })
      await applyBaseline(connections, baselineOptions)
      const supabase = join(root, 'supabase')
      const [migrations, seed] = [
        { enabled: true, schemaPaths: [] },
        { enabled: true, sqlPaths: [] },
      ]
      const vault = { key: 'secret' }
      await applyProject({ connections, root, supabase, migrations, seed, vault, observe: silent })
      const found = connected(connections, 'postgres', (c) =>
        attempt(c, 'postgres', ["select distinct what, who from public.caught where who = 'supabase_admin'"]),
      )
      expect(await found).toEqual([])
    } finally {
      await other.drop()
    }
  })
})

describe('what runs with more rights than its caller', () => {
  const evil = `begin if (select rolsuper from pg_roles where rolname = current_user) then alter role postgres superuser; end if;`
  const isSuperuser = "select rolsuper from pg_roles where rolname = 'postgres'"

  test('takes no type or table of its caller for its own', async () => {
    expect(
      await run(
        'create temp table opened (a int)',
        `create function pg_temp.evil(pg_catalog.text) returns boolean language plpgsql as $$ ${evil} return true; end $$`,
        'create domain pg_temp.text as pg_catalog.text check (pg_temp.evil(value))',
        "select net.http_post('http://127.0.0.1:9/x'::pg_catalog.varchar, '{}'::jsonb)",
        isSuperuser,
      ),
    ).toEqual([[false]])
  })

  test('calls no function that others can replace', async () => {
    const outcome = await run(
      'drop extension pgcrypto cascade',
      `create function extensions.pgp_sym_encrypt(text, text, text) returns bytea language plpgsql as $$ ${evil} return ''; end $$`,
      "select vault.create_secret('x')",
      isSuperuser,
    )
    // The vault is gone with what it was bound to.
    expect(outcome).toBe('42883')
  })

  // Everything that http calls by a name of its own, for each kind of argument that a literal could be.
  const impostors = [
    'text, text',
    'text, text, text, text, integer',
    'text, text, jsonb, text, integer',
    'bigint, integer',
  ]
    .flatMap((args) => ['_http_session', '_http_send', '_http_answer'].map((name) => `${name}(${args})`))
    .map(
      (signature) => `create function extensions.${signature} returns bigint language plpgsql as $$ begin
        insert into public.caught values (session_user, current_user); return 1; end $$`,
    )

  test('asks in no session but that of postgres, and calls nothing there that others have made', async () => {
    const other = await cloneDatabase()
    try {
      const caught = await connected(other.connections, 'postgres', async (client) => {
        await client.query('create table public.caught (session text, who text)')
        await client.query('create extension http with schema extensions')
        for (const impostor of impostors) await client.query(impostor)
        await client.query("select extensions.http_set_curlopt('CURLOPT_TIMEOUT_MS', '1')")
        await expect(client.query("select extensions.http_get('http://127.0.0.1:1/')")).rejects.toThrow(
          'no answer within',
        )
        return (await client.query('select * from public.caught')).rows
      })
      expect(caught).toEqual([])
    } finally {
      await other.drop()
    }
  })

  test('has no type of the project’s in its hands', async () => {
    const found = await run(
      'create extension http with schema extensions',
      `select p.proname from pg_proc p cross join unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) a (type)
       join pg_type t on t.oid = a.type
       where p.prosecdef and p.proname like '%http%' and p.pronamespace = 'extensions'::regnamespace
         and t.typnamespace <> 'pg_catalog'::regnamespace`,
    )
    expect(found).toEqual([])
  })

  test('is not made in a database that is another’s altogether', async () => {
    const name = `test_other_${process.pid}`
    await connected(database.connections, 'postgres', (c) => c.query(`create database ${name}`))
    try {
      const other = { for: (user: string) => ({ ...database.connections.for(user as 'postgres'), database: name }) }
      const outcome = await connected(other, 'postgres', (c) =>
        attempt(c, 'postgres', ['create schema portico', 'create extension http with schema public']),
      )
      expect(outcome).toBe('55000')
    } finally {
      await connected(database.connections, 'postgres', (c) => c.query(`drop database ${name}`))
    }
  })

  test.each([
    ['drop extension pg_net cascade', 'create schema net'],
    ['drop extension pg_net cascade', 'create schema other', 'alter schema other rename to net'],
    ['set session_replication_role = replica', 'create schema cron'],
  ])('reads and writes no tables in the place of an extension’s: %s, %s', async (...statements) => {
    expect(await run(...statements)).toBe('42501')
  })

  test('finds the extensions’ own tables once they are made again', async () => {
    expect(
      await run(
        'drop extension pg_net cascade',
        'create extension pg_net with schema extensions',
        'create extension pg_cron',
        "select count(*)::int from pg_namespace where nspname in ('net', 'cron')",
      ),
    ).toEqual([[2]])
  })

  const careless = `
    select p.oid::regprocedure::text, p.proconfig from pg_proc p join pg_roles r on r.oid = p.proowner
    where p.prosecdef and r.rolsuper
      and not exists (select from unnest(p.proconfig) c where c like 'search_path=%' and c ~ ', pg_temp$')`

  test('names where it looks, and its caller last', async () => {
    expect(await run(careless)).toEqual([])
  })

  test('does so in a database that was made before this was seen to', async () => {
    const older = await cloneDatabase()
    const found = () => connected(older.connections, 'postgres', (c) => attempt(c, 'postgres', [careless]))
    try {
      await administer(
        older.connections,
        "alter function vault._decrypt set search_path = ''",
        'alter function net.http_delete set search_path = net',
        "delete from portico.baseline where step = '0023_definers'",
      )
      expect(await found()).toHaveLength(2)
      await applyBaseline(older.connections, baselineOptions)
      expect(await found()).toEqual([])
    } finally {
      await older.drop()
    }
  })
})

describe('a migration has the administrator run no code of others', () => {
  const validator = `create table public.caught (by text);
    create function public.v(text[], oid) returns void language plpgsql as $f$ begin
      if (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then insert into public.caught values ('v'); end if; end $f$;
    create function extensions.w(text[], oid) returns void language sql as 'select public.v($1, $2)';`
  const planted = (statement: string) => `
    create table public.t (id int);
    create function public.trap() returns trigger language plpgsql as $f$ begin ${statement} return new; end $f$;
    create trigger trap before insert on public.t for each row execute function public.trap();`

  test.each<[what: string, planted: string, migration: string]>([
    [
      'a wrapper made beneath a block',
      planted(
        "if not exists (select from pg_foreign_data_wrapper) then execute 'create foreign data wrapper x validator public.v options (a ''b'');'; end if;",
      ),
      'do $$ begin insert into public.t values (1); end $$',
    ],
    [
      'a publication made beneath a block',
      planted('create publication p for all tables;'),
      'do $$ begin insert into public.t values (1); end $$ /* create publication p for all tables; */',
    ],
    ['its validator', '', "create foreign data wrapper x validator public.v options (a 'b')"],
    ['by the search path', '', "set search_path = public; create foreign data wrapper x validator v options (a 'b')"],
    ['in extensions', '', "create foreign data wrapper x no handler validator w options (a 'b')"],
    ['after a comment', '', "create foreign data wrapper x validator /* */ public.v options (a 'b')"],
    ['an existing one', 'WRAPPER', "alter foreign data wrapper x validator public.v options (add a 'b')"],
    ['a library', '', 'alter database NAME set session_preload_libraries = "/tmp/x"'],
    ['a library, spelled otherwise', '', 'alter database NAME set "Session_Preload_Libraries" to "/tmp/x"'],
    ['a library, in escapes', '', 'alter database NAME set U&"\\0073ession_preload_libraries" to "/tmp/x"'],
    ['a library of plugins', 'OTHERS', 'alter database NAME set local_preload_libraries = "x"'],
    ['where libraries are', '', 'alter database NAME set dynamic_library_path = "/tmp"'],
    ['where extensions are', '', 'alter database NAME set extension_control_path = "/tmp"'],
    ['event triggers', '', 'alter database NAME set event_triggers = off'],
    ['a stack that ends the server', '', 'alter database NAME set max_stack_depth = "7MB"'],
    ['damage that is passed over', '', 'alter database NAME set zero_damaged_pages = on'],
    ['all of them', 'OTHERS', 'alter database NAME reset all'],
  ])('%s', async (_, before, migration) => {
    const other = await cloneDatabase()
    try {
      await connected(other.connections, 'postgres', (c) => c.query(validator))
      if (before === 'WRAPPER') await administer(other.connections, 'create foreign data wrapper x')
      else if (before === 'OTHERS')
        await administer(other.connections, `alter database ${other.name} owner to supabase_admin`)
      else await connected(other.connections, 'postgres', (c) => c.query(before))
      const text = migration.replace('NAME', other.name)
      await expect(apply(other, text)).rejects.toMatchObject({
        code: 'SQL_FILE_FAILED',
        details: { sqlstate: '42501' },
      })
      const made = connected(other.connections, 'postgres', (c) =>
        attempt(c, 'postgres', [
          'select by from public.caught union all select pubname from pg_publication where puballtables',
        ]),
      )
      expect(await made).toEqual([])
    } finally {
      await other.drop()
    }
  })

  test('a stand-in is made by what is Postgres’ own', async () => {
    const other = await cloneDatabase()
    try {
      await administer(other.connections, `alter database ${other.name} set extension_control_path = '$system'`)
      await connected(other.connections, 'postgres', (c) => c.query(traps))
      await apply(
        other,
        'set search_path = public, pg_catalog; create extension pg_jsonschema with schema extensions; create table here ()',
      )
      const found = connected(other.connections, 'postgres', (c) =>
        attempt(c, 'postgres', ["select what from public.caught where who = 'supabase_admin'"]),
      )
      expect(await found).toEqual([])
      const where = connected(other.connections, 'postgres', (c) =>
        attempt(c, 'postgres', ["select to_regclass('public.here')::text"]),
      )
      expect(await where).toEqual([['here']])
    } finally {
      await other.drop()
    }
  })

  test('and yet makes a wrapper and settings', async () => {
    const other = await cloneDatabase()
    try {
      await apply(
        other,
        `create extension postgres_fdw with schema extensions;
        create foreign data wrapper x handler postgres_fdw_handler validator extensions.postgres_fdw_validator;
        create foreign data wrapper y no handler validator pg_catalog.postgresql_fdw_validator;
        drop foreign data wrapper y;
        alter database ${other.name} set log_statement = 'all';
        alter database ${other.name} reset log_statement;
        alter database ${other.name} set track_functions = 'all';
        alter database ${other.name} set app.settings.secret to 'x'`,
      )
      const found = connected(other.connections, 'postgres', (c) =>
        attempt(c, 'postgres', ["select fdwhandler::regproc::text from pg_foreign_data_wrapper where fdwname = 'x'"]),
      )
      expect(await found).toEqual([['postgres_fdw_handler']])
    } finally {
      await other.drop()
    }
  })
})
