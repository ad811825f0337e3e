import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasPostgres15, type OwnServer, startPostgres15 } from '../database/postgres-15.ts'
import { folderOf, portico, useRunningProject } from './portico.ts'

const notes = `create table public.notes (id bigint generated always as identity primary key, body text not null);
alter table public.notes enable row level security;
`

/** One project, whose tests go in order. */
describe('the database of a running backend', () => {
  const { run, at } = useRunningProject({
    'supabase/config.toml': '',
    'supabase/migrations/20260101000000_notes.sql': notes,
  })
  const migrations = () => readdirSync(at('supabase/migrations')).sort()

  test('as its migrations make it lacks nothing', async () => {
    const { code, stdout, stderr } = await run('db', 'diff', '--use-migra', '--local')
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    expect(stderr).toMatch(/No schema changes found\.\n$/)
  })

  test('what was changed in it becomes a migration', async () => {
    await run(
      'db',
      'query',
      `create extension vector with schema extensions; alter table notes add meaning extensions.vector(3);
       create type mood as enum ('calm'); alter table notes add mood mood, add owner uuid default auth.uid();
       create policy own on notes to authenticated using (owner = auth.uid()); revoke all on notes from anon`,
    )
    const printed = await run('db', 'diff')
    expect(printed.stderr).toBe('')
    expect(printed.stdout).toMatch(/"meaning" extensions\.vector\(3\)/)
    expect(printed.stdout).not.toContain('portico')
    expect(printed.stdout).toMatch(/create policy "own" on "public"\."notes"/)
    const { code, stdout, stderr } = await run('db', 'diff', '-f', 'add owner')
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    const [, file = ''] = migrations()
    expect(file).toMatch(/^\d{14}_add_owner\.sql$/)
    const version = file.slice(0, 14)
    expect(stderr).toContain(`portico migration repair --status applied ${version}`)
    expect(readFileSync(at(`supabase/migrations/${file}`), 'utf8')).toBe(printed.stdout)

    expect((await run('migration', 'repair', '--status', 'applied', version)).stdout).toBe(`applied    ${version}\n`)
    expect((await run('migration', 'list')).stdout).toBe(
      `applied    20260101000000  notes\napplied    ${version}  add_owner\n`,
    )
    expect((await run('migration', 'up')).stdout).toBe('Nothing to apply.\n')
  })

  test('which makes the same database anew', async () => {
    expect((await run('db', 'reset')).code).toBe(0)
    expect((await run('db', 'diff')).stderr).toMatch(/No schema changes found\.\n$/)
    const { stdout } = await run(
      'db',
      'query',
      '-o',
      'csv',
      `select datname from pg_database where datname ~ 'portico'`,
    )
    expect(stdout).toBe('datname\r\n')
  })

  test('up to a migration, and the rest later', async () => {
    expect((await run('db', 'reset', '--version', '20260101000000', '--no-seed')).code).toBe(0)
    expect((await run('migration', 'list')).stdout).toMatch(
      /^applied +20260101000000 +notes\npending +\d+ +add_owner\n$/,
    )
    expect((await run('db', 'reset', '--last', '2')).code).toBe(0)
    expect((await run('migration', 'up')).stdout).toBe('Applied 2.\n')
    expect((await run('db', 'reset', '--version', '1')).stderr).toContain('begins with 1_.')
    expect((await run('migration', 'list')).stdout).not.toContain('pending')
  })

  test('a schema that is declared is what the migrations are compared with', async () => {
    await mkdir(at('supabase/schemas'))
    const [, second = ''] = migrations()
    const declare = (name: string, text: string) => writeFileSync(at(`supabase/schemas/${name}`), text)
    declare('1_notes.sql', notes)
    declare('2_owner.sql', readFileSync(at(`supabase/migrations/${second}`), 'utf8'))
    declare('3_tags.sql', `create table tags (name text primary key); alter type mood add value 'busy';`)
    const { stdout, stderr } = await run('db', 'diff', '-f', 'tags')
    expect(stdout).toBe('')
    expect(stderr).toContain('Apply it with: portico migration up')
    const [, , third = ''] = migrations()
    expect(readFileSync(at(`supabase/migrations/${third}`), 'utf8')).toMatch(
      /alter type "?public"?\."?mood"? add value 'busy'[^;]*;[\s\S]*create table "public"\."tags"|create table "public"\."tags"[\s\S]*add value 'busy'/,
    )
    expect((await run('migration', 'up')).stdout).toBe('Applied 1.\n')
    expect((await run('db', 'diff')).stderr).toMatch(/No schema changes found\.\n$/)
  })

  test('a file that fails is told as at a start', async () => {
    writeFileSync(at('supabase/schemas/4_wrong.sql'), 'create table wrong (a nothing);\n')
    const { code, stderr } = await run('db', 'diff')
    expect(stderr).toMatch(/error: supabase\/schemas\/4_wrong\.sql:1: type "nothing" does not exist/)
    expect(code).toBe(1)
  })
})

describe.runIf(hasPostgres15)('a Supabase elsewhere', () => {
  let server: OwnServer
  let url: string
  const project = folderOf({ 'supabase/config.toml': '', 'supabase/migrations/20260101000000_notes.sql': notes })
  beforeAll(async () => {
    server = await startPostgres15()
    url = `postgresql://postgres@localhost:${server.port}/postgres?host=${server.socketFolder}`
    await query(`create role anon; create role authenticated; create role service_role;
      create schema auth; create table auth.users (id uuid primary key);
      alter default privileges in schema public grant all on tables to postgres, anon, authenticated, service_role;
      alter default privileges in schema public grant all on sequences to postgres, anon, authenticated, service_role;
      alter default privileges in schema public grant all on functions to postgres, anon, authenticated, service_role;
      grant usage on schema public to anon, authenticated, service_role; grant all on schema public to postgres`)
  })
  afterAll(async () => {
    await server.stop()
    project.remove()
  })

  async function query(sql: string): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    try {
      return (await client.query(sql)).rows as Record<string, unknown>[]
    } finally {
      await client.end()
    }
  }
  const run = (...args: readonly string[]) => portico([...args, '--db-url', url], { cwd: project.path })

  test('is given the migrations, and nothing of Portico', async () => {
    expect((await run('db', 'push', '--dry-run')).stdout).toBe('pending    20260101000000  notes\nWould apply 1.\n')
    expect(await query('select nspname from pg_namespace where nspname ~ $$supabase|portico$$')).toEqual([])
    expect((await run('db', 'push')).stdout).toBe('Applied 1.\n')
    expect((await run('db', 'push')).stdout).toBe('Nothing to apply.\n')
    expect(await query('select nspname from pg_namespace where nspname ~ $$supabase|portico$$')).toEqual([
      { nspname: 'supabase_migrations' },
    ])
    expect(
      await query('select version, name, cardinality(statements) n from supabase_migrations.schema_migrations'),
    ).toEqual([{ version: '20260101000000', name: 'notes', n: 2 }])
  })

  test('a migration that fails leaves nothing, and says where', async () => {
    const path = join(project.path, 'supabase/migrations/20260102000000_wrong.sql')
    writeFileSync(path, 'create table half (a int);\n\nselect nothing;\n')
    const { code, stderr } = await run('db', 'push')
    expect(stderr).toContain('supabase/migrations/20260102000000_wrong.sql:3: column "nothing" does not exist')
    expect(code).toBe(1)
    expect(await query(`select to_regclass('half')`)).toEqual([{ to_regclass: null }])
    rmSync(path)
  })

  test('and the files have to be of one history', async () => {
    const older = join(project.path, 'supabase/migrations/20250101000000_older.sql')
    writeFileSync(older, 'select 1;\n')
    expect((await run('db', 'push')).stderr).toMatch(/older than 20260101000000.*20250101000000.*--include-all/)
    expect((await run('db', 'push', '--include-all')).stdout).toBe('Applied 1.\n')
    rmSync(older)
    expect((await run('db', 'push')).stderr).toMatch(/lacks: 20250101000000.*portico migration fetch/)
    expect((await run('migration', 'fetch')).stdout).toBe('supabase/migrations/20250101000000_older.sql\n')
    expect(readFileSync(older, 'utf8')).toBe('select 1;\n')
    expect((await run('migration', 'repair', '--status', 'applied', '20240101000000')).stderr).toContain(
      'No file of supabase/migrations begins with 20240101000000_.',
    )
    await run('migration', 'repair', '--status', 'reverted', '20250101000000')
    expect((await run('migration', 'list')).stdout).toBe(
      'pending    20250101000000  older\napplied    20260101000000  notes\n',
    )
    await run('migration', 'repair', '--status', 'applied', '--yes')
    expect((await run('db', 'push')).stdout).toBe('Nothing to apply.\n')
  })

  test('what it has besides is told', async () => {
    await query('create table public.extra (a int primary key); comment on table public.extra is $$more$$')
    const { code, stdout, stderr } = await run('db', 'diff', '--schema', 'public')
    expect(stdout).toMatchInlineSnapshot(`
      "create table "public"."extra" (
        "a" integer not null,
        constraint "extra_pkey" primary key (a)
      );

      comment on table "public"."extra" is 'more';

      grant all on table "public"."extra" to "anon", "authenticated", "postgres", "service_role";
      "
    `)
    expect(stderr).not.toMatch(/warn/)
    expect(code).toBe(0)
    expect(readdirSync(project.path)).toEqual(['supabase'])
  })

  test('whose types and API are written, in front of which a gateway stands as well', async () => {
    const [host = '', port = ''] = [server.socketFolder, String(server.port)]
    const front = {
      SUPABASE_URL: 'http://127.0.0.1:9',
      SUPABASE_PUBLISHABLE_KEY: 'sb_publishable_1',
      SUPABASE_SECRET_KEY: 'sb_secret_1',
      DATABASE_URL: `postgresql://postgres@localhost:${port}/postgres?host=${host}`,
    }
    const inFront = (...args: readonly string[]) => portico(args, { cwd: project.path, env: front })
    for (const { code, stdout } of [await run('gen', 'types'), await inFront('gen', 'types')]) {
      expect(stdout).toMatch(/export type Database = \{[\s\S]* {6}extra: \{/)
      expect(code).toBe(0)
    }
    for (const { code, stdout } of [
      await run('gen', 'schema', '--file', '-'),
      await inFront('gen', 'schema', '--file', '-'),
    ]) {
      expect(stdout).toMatch(/^type extra implements Node \{/m)
      expect(code).toBe(0)
    }
    // A database that is named goes before the one of the environment.
    expect((await portico(['migration', 'list', '--db-url', url], { cwd: project.path, env: front })).stdout).toContain(
      'applied    20260101000000  notes',
    )
    expect((await inFront('migration', 'list')).stderr).toMatch(/managed mode.*name another one with --db-url/)
  })

  test('over which the platform is never made', async () => {
    const roles = () => query('select rolname, rolsuper, rolinherit, rolbypassrls from pg_authid order by 1')
    const before = await roles()
    for (const command of [
      ['start', '--port', '0'],
      ['events', 'list'],
    ]) {
      const { code, stderr } = await run(...command)
      expect(stderr).toMatch(/error: --db-url: this is a Supabase's database.* with SUPABASE_URL and DATABASE_URL/)
      expect(code).toBe(1)
    }
    const dropped = await run('db', 'reset', '--yes')
    expect(dropped).toMatchObject({ code: 1, stderr: expect.stringContaining("would drop a Supabase's database") })
    expect(await query(`select to_regclass('auth.users')::text as users`)).toEqual([{ users: 'auth.users' }])
    expect(await roles()).toEqual(before)
    expect(await query('select nspname from pg_namespace where nspname ~ $$portico|storage$$')).toEqual([])
  })

  test('roles that it has besides come without what only concerns who made them', async () => {
    await query("create role gateway login noinherit password 'x'; grant anon to gateway")
    const { stdout } = await run('db', 'diff')
    expect(stdout).toContain('create role "gateway"')
    expect(stdout).not.toMatch(/revoke "gateway"|drop extension "pg_net"/)
  })

  test('and a login that may not read it all is told so', async () => {
    await query(
      `create role reader login; grant usage on schema public to reader; grant select on public.notes to reader`,
    )
    const limited = url.replace('postgres@', 'reader@')
    const { code, stderr } = await portico(['db', 'dump', '--data-only', '-s', 'public', '--db-url', limited], {
      cwd: project.path,
    })
    expect(stderr).toMatch(/error: The database refuses to be read: permission denied for table extra/)
    expect(code).toBe(1)
  })
})
