import type pg from 'pg'
import { describe, expect, test } from 'vitest'
import { applyBaseline } from '#database'
import { administer } from '../support/administer.ts'
import { cloneDatabase, useDatabase } from '../support/database.ts'
import { baselineOptions } from '../support/platform.ts'
import { attempt, connected } from './sql-client.ts'

const database = useDatabase()

const asPostgres = <T>(work: (client: pg.Client) => Promise<T>) => connected(database.connections, 'postgres', work)
const asAdmin = <T>(work: (client: pg.Client) => Promise<T>) => connected(database.connections, 'supabase_admin', work)

describe('the platform has the names of Supabase', () => {
  test('tables and their columns', async () => {
    const { rows } = await asAdmin((client) =>
      client.query<{ line: string }>(`
        select format('%s.%s %s%s', a.attrelid::regclass, a.attname, format_type(a.atttypid, a.atttypmod),
          case when a.attnotnull then ' not null' else '' end) as line
        from pg_attribute a join pg_class c on c.oid = a.attrelid
        where c.relkind in ('r', 'p', 'v') and a.attnum > 0 and not a.attisdropped and c.relnamespace::regnamespace::text
          in ('auth', 'storage', 'realtime', 'vault', 'net', 'supabase_functions', 'supabase_migrations')
        order by c.relnamespace::regnamespace::text, c.relname, a.attnum`),
    )
    await expect(`${rows.map(({ line }) => line).join('\n')}\n`).toMatchFileSnapshot('../golden/platform-tables.txt')
  })

  test('functions', async () => {
    const { rows } = await asAdmin((client) =>
      client.query<{ line: string }>(`
        select p.oid::regprocedure::text || ' returns ' || pg_get_function_result(p.oid) as line
        from pg_proc p where p.pronamespace::regnamespace::text
          in ('auth', 'storage', 'realtime', 'vault', 'net', 'supabase_functions', 'graphql_public')
        order by 1`),
    )
    await expect(`${rows.map(({ line }) => line).join('\n')}\n`).toMatchFileSnapshot('../golden/platform-functions.txt')
  })

  test('roles', async () => {
    const { rows } = await asAdmin((client) =>
      client.query<{ line: string }>(`
        select concat_ws(' ', rolname, case when rolsuper then 'superuser' end, case when rolcanlogin then 'login' end,
          case when not rolinherit then 'noinherit' end, case when rolcreaterole then 'createrole' end,
          case when rolcreatedb then 'createdb' end, case when rolbypassrls then 'bypassrls' end,
          case when rolreplication then 'replication' end) as line
        from pg_roles where rolname = any('{postgres, anon, authenticated, service_role, authenticator, dashboard_user}')
          or rolname like 'supabase%' order by rolname`),
    )
    expect(rows.map(({ line }) => line)).toEqual([
      'anon',
      'authenticated',
      'authenticator login noinherit',
      'dashboard_user createrole createdb replication',
      'postgres login createrole createdb bypassrls replication',
      'service_role bypassrls',
      'supabase_admin superuser login createrole createdb bypassrls replication',
      'supabase_auth_admin login noinherit createrole',
      'supabase_etl_admin bypassrls replication',
      'supabase_functions_admin noinherit createrole',
      'supabase_read_only_user bypassrls',
      'supabase_realtime_admin noinherit',
      'supabase_replication_admin replication',
      'supabase_storage_admin login noinherit createrole',
    ])
  })
})

describe('who may do what', () => {
  const refused = '42501'
  test.each<[role: string, statement: string, outcome: 'may' | string]>([
    ['anon', 'select auth.uid(), auth.role(), auth.jwt(), auth.email()', 'may'],
    ['anon', 'select from auth.users', refused],
    ['authenticated', 'select from auth.users', refused],
    ['service_role', 'select from auth.users', refused],
    ['supabase_auth_admin', 'insert into auth.users (id) values (gen_random_uuid())', 'may'],
    ['supabase_auth_admin', 'create table auth.later (id int)', 'may'],
    ['supabase_auth_admin', 'select from storage.objects', refused],
    ['postgres', "insert into auth.users (id, email) values (gen_random_uuid(), 'a@example.com')", 'may'],
    ['postgres', 'create table public.p (id uuid references auth.users on delete cascade)', 'may'],
    ['postgres', 'create policy p on auth.users for select using (true)', 'may'],
    ['postgres', 'create policy p on storage.objects for select using (true)', 'may'],
    ['postgres', 'create policy p on realtime.messages for select using (true)', 'may'],
    ['postgres', 'alter role anon set statement_timeout = 5000', 'may'],
    ['postgres', "alter role authenticator set pgrst.db_schemas = 'public, api'", 'may'],
    ['postgres', 'set local session_replication_role = replica', 'may'],
    ['postgres', 'create role reader', 'may'],
    ['postgres', 'grant anon to authenticator', 'may'],
    ['postgres', 'create schema another', 'may'],
    ['postgres', "comment on schema public is 'x'", 'may'],
    ['postgres', 'drop extension pg_net', 'may'],
    ['postgres', 'alter publication supabase_realtime add table auth.users', 'may'],
    ['postgres', 'create role root superuser', refused],
    ['postgres', 'alter role supabase_admin nologin', refused],
    ['postgres', "copy (select 1) to program 'true'", refused],
    ['postgres', "select pg_read_file('/etc/passwd')", refused],
    ['postgres', 'select vault._encrypt(null)', refused],
    ['anon', 'select from storage.buckets', 'may'],
    ['anon', 'select from storage.migrations', refused],
    ['anon', "insert into storage.buckets (id, name) values ('a', 'a')", refused],
    ['service_role', "insert into storage.buckets (id, name) values ('a', 'a')", 'may'],
    ['service_role', 'delete from storage.objects', refused],
    ['supabase_storage_admin', "set local storage.allow_delete_query = 'true'; delete from storage.objects", 'may'],
    ['anon', 'select from vault.decrypted_secrets', refused],
    ['authenticated', 'select from vault.secrets', refused],
    ['anon', 'select from net.http_request_queue', refused],
    ['anon', "select net.http_get('http://example.com')", 'may'],
    ['authenticated', 'select from supabase_migrations.schema_migrations', refused],
    ['anon', 'select from portico.project', refused],
    ['anon', 'create table public.mine (id int)', refused],
    ['authenticator', 'select from storage.buckets', refused],
  ])('%s: %s → %s', async (role, statement, outcome) => {
    const found = await asAdmin((client) => attempt(client, role, [statement]))
    expect(typeof found === 'string' ? found : 'may').toBe(outcome)
  })

  test('authenticator may become the API roles and no other', async () => {
    const become = (role: string) =>
      connected(database.connections, 'authenticator', (c) => attempt(c, role, ['select 1']))
    for (const role of ['anon', 'authenticated', 'service_role']) expect(await become(role)).toEqual([[1]])
    for (const role of [
      'postgres',
      'supabase_admin',
      'supabase_auth_admin',
      'supabase_storage_admin',
      'supabase_read_only_user',
    ])
      expect(await become(role)).toBe(refused)
  })

  test('what postgres makes in public is there for the API, guarded by row-level security', async () => {
    const found = await asPostgres((client) =>
      attempt(
        client,
        'postgres',
        [
          'create table public.notes (id int generated always as identity, owner uuid default auth.uid(), body text)',
          'alter table public.notes enable row level security',
          'create policy own on public.notes to authenticated using (owner = (select auth.uid()))',
          "insert into public.notes (owner, body) values (gen_random_uuid(), 'of another')",
          'set local role authenticated',
          "insert into public.notes (body) values ('mine')",
          'select body from public.notes',
        ],
        { sub: '00000000-0000-0000-0000-000000000001', role: 'authenticated' },
      ),
    )
    expect(found).toEqual([['mine']])
  })
})

describe('the caller in SQL', () => {
  const claims = { sub: '00000000-0000-0000-0000-00000000000a', role: 'authenticated', email: 'a@example.com' }
  test.each<[what: string, set: string[], expected: unknown[]]>([
    ['claims as one', [], [claims.sub, claims.role, claims.email, claims.sub]],
    [
      'claims one by one',
      ["set local request.jwt.claim.sub = '00000000-0000-0000-0000-00000000000b'"],
      [claims.sub.replace('a', 'b'), claims.role, claims.email, claims.sub],
    ],
    ['none', ["set local request.jwt.claims = ''"], [null, null, null, null]],
  ])('%s', async (_, set, expected) => {
    const found = await asPostgres((client) =>
      attempt(
        client,
        'authenticated',
        [...set, "select auth.uid(), auth.role(), auth.email(), auth.jwt() ->> 'sub'"],
        claims,
      ),
    )
    expect(found).toEqual([expected])
  })
})

describe('settings', () => {
  test('the secret is shown to SQL only where it is given', async () => {
    const shown = () =>
      asPostgres((c) =>
        c.query(
          "select current_setting('app.settings.jwt_secret', true) as secret, current_setting('search_path') as path",
        ),
      )
    expect((await shown()).rows).toEqual([{ secret: baselineOptions.jwtSecret, path: '"$user", public, extensions' }])
    await applyBaseline(database.connections, { ...baselineOptions, jwtSecret: undefined })
    expect((await shown()).rows[0].secret).toBe(null)
    await applyBaseline(database.connections, baselineOptions)
    expect((await shown()).rows[0].secret).toBe(baselineOptions.jwtSecret)
  })
})

describe('applying it', () => {
  test('many at once, on an empty database', async () => {
    const other = await cloneDatabase()
    try {
      await administer(
        other.connections,
        'drop schema portico, auth, storage, realtime, graphql_public, supabase_functions, supabase_migrations, extensions, vault cascade',
        'drop extension if exists pg_net',
        'drop schema if exists net cascade',
        'drop publication supabase_realtime',
      )
      await Promise.all([1, 2, 3].map(() => applyBaseline(other.connections, baselineOptions)))
      const { rows } = await connected(other.connections, 'supabase_admin', (c) =>
        c.query('select count(*)::int as steps from portico.baseline'),
      )
      expect(rows[0].steps).toBeGreaterThan(20)
    } finally {
      await other.drop()
    }
  })

  test('a database of a newer Portico is left alone', async () => {
    await administer(database.connections, "insert into portico.baseline (step) values ('9999_later')")
    await expect(applyBaseline(database.connections, baselineOptions)).rejects.toThrow(/newer Portico .*9999_later/)
    await administer(database.connections, "delete from portico.baseline where step = '9999_later'")
  })

  test('DDL is told to the gateway', async () => {
    await asPostgres(async (listener) => {
      const heard: (string | undefined)[] = []
      listener.on('notification', ({ payload }) => heard.push(payload))
      await listener.query('listen pgrst')
      for (const ddl of [
        'create table public.told (id int)',
        "comment on table public.told is 'x'",
        'grant select on public.told to anon',
        'drop table public.told',
      ]) {
        await asPostgres((c) => c.query(ddl))
        await expect.poll(async () => (await listener.query('select 1')) && heard.splice(0)).toEqual(['reload schema'])
      }
      await asPostgres((c) => c.query('create temp table quiet (id int)'))
      await listener.query('select 1')
      expect(heard).toEqual([])
    })
  })
})
