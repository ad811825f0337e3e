import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { applyBaseline, applyProject, type Connections, resetDatabase } from '#database'
import { silent } from '#observe'
import { administer } from '../support/administer.ts'
import { baselineOptions } from '../support/platform.ts'
import { hasPostgres15, type OwnServer, startPostgres15 } from './postgres-15.ts'
import { createProjectFolder } from './project-folder.ts'
import { attempt, connected } from './sql-client.ts'
import { superuserFacts, wildFacts } from './wild-facts.ts'

const why = hasPostgres15 ? '' : " (left out: Debian's Postgres 15 is not installed in /usr/lib/postgresql/15)"

describe.runIf(hasPostgres15)(`on a server of one's own, Postgres 15${why}`, () => {
  let server: OwnServer
  beforeAll(async () => {
    server = await startPostgres15()
    await administer(
      to('postgres', 'postgres'),
      'create role weak login',
      'create role builder login createrole',
      'create database app',
      'create database second owner builder',
    )
  })
  afterAll(() => server.stop())

  /** `--db-url`: the administrator's login for what the administrator does, passwords over TCP for the rest. */
  const to = (database: string, administrator: string): Connections => ({
    for: (role) =>
      role === 'supabase_admin' || role === 'postgres'
        ? {
            connectionString: `postgres://${administrator}@localhost:${server.port}/${database}?host=${server.socketFolder}`,
          }
        : { host: '127.0.0.1', port: server.port, user: role, password: baselineOptions.databasePassword, database },
  })
  const wild = join(import.meta.dirname, 'wild')
  const applyWild = (connections: Connections) =>
    applyProject({
      connections,
      root: wild,
      supabase: join(wild, 'supabase'),
      migrations: { enabled: true, schemaPaths: [] },
      seed: { enabled: true, sqlPaths: ['./seed.sql'] },
      observe: silent,
    })

  test.each([
    ['weak', 'app', ['CREATEROLE', 'superuser', 'ownership of the database']],
    ['builder', 'app', ['superuser', 'ownership of the database']],
    ['builder', 'second', ['superuser']],
  ])('%s on %s is told what it lacks, before anything is made', async (administrator, database, lacking) => {
    const connections = to(database, administrator)
    const error = await applyBaseline(connections, baselineOptions).catch((e: Error) => e)
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' })
    for (const what of lacking) expect(String(error)).toContain(what)
    expect(String(error).split(';')).toHaveLength(lacking.length)
    expect(
      await connected(connections, 'postgres', (c) => attempt(c, administrator, ["select to_regnamespace('portico')"])),
    ).toEqual([[null]])
  })

  test('a superuser gets the whole platform, stand-ins as plain SQL, and the wild project', async () => {
    const connections = to('app', 'postgres')
    await applyBaseline(connections, baselineOptions)
    await applyBaseline(connections, baselineOptions)
    const { migrations, seeds } = await applyWild(connections)
    expect([migrations.length, seeds]).toEqual([9, ['supabase/seed.sql']])
    expect(await applyWild(connections)).toEqual({ fresh: false, migrations: [], seeds: [] })
  })

  // `postgres` is the superuser here: what it may not do elsewhere, it may.
  test.each([...wildFacts, ...superuserFacts])('%s', async (_, role, statements, expected) => {
    const found = await connected(to('app', 'postgres'), 'postgres', (c) => attempt(c, role, statements))
    expect(found).toEqual(expected)
  })

  test.each([
    ['authenticator', 'postgres', 'in'],
    ['supabase_auth_admin', 'postgres', 'in'],
    ['supabase_storage_admin', 'postgres', 'in'],
    ['authenticator', 'wrong', '28P01'],
    // The superuser's password is its owner's, and roles that nobody logs in as have none.
    ['postgres', 'postgres', '28P01'],
    ['supabase_admin', 'postgres', '28P01'],
    ['supabase_read_only_user', 'postgres', '28P01'],
  ])('%s with the password %s: %s', async (user, password, outcome) => {
    const client = new pg.Client({ host: '127.0.0.1', port: server.port, user, password, database: 'app' })
    const found = await client.connect().then(
      async () => {
        await client.end()
        return 'in'
      },
      (error: pg.DatabaseError) => error.code,
    )
    expect(found).toBe(outcome)
  })

  test('a new password takes the place of the old', async () => {
    const connections = to('app', 'postgres')
    await applyBaseline(connections, { ...baselineOptions, databasePassword: "an'other" })
    const login = { host: '127.0.0.1', port: server.port, user: 'authenticator', database: 'app' }
    await connected({ for: () => ({ ...login, password: "an'other" }) }, 'authenticator', (c) => c.query('select 1'))
    await expect(connected(connections, 'authenticator', (c) => c.query('select 1'))).rejects.toMatchObject({
      code: '28P01',
    })
    await applyBaseline(connections, baselineOptions)
  })

  test('once the roles are there, their database is built by one who is no superuser', async () => {
    const connections = to('second', 'builder')
    await applyBaseline(connections, baselineOptions)
    const folder = createProjectFolder({
      'migrations/1_a.sql': `create extension if not exists pg_cron with schema extensions;
        create extension if not exists pgjwt with schema extensions;
        create extension if not exists pgmq;
        create table public.a (id uuid references auth.users, token text default extensions.sign('{}', 'x'));
        alter table a enable row level security;
        create policy p on storage.objects for select using (true);
        create trigger t after insert on auth.users for each row execute function supabase_functions.http_request('http://a.b', 'POST');
        select pgmq.create('q');`,
      'seed.sql': 'insert into auth.users (id) values (gen_random_uuid()); insert into a select id from auth.users;',
    })
    expect(await applyProject(folder.options(connections))).toMatchObject({ fresh: true, seeds: ['supabase/seed.sql'] })
    folder.remove()
    const found = await connected(connections, 'postgres', (c) =>
      attempt(c, 'builder', ['select (select count(*)::int from a), (select url from portico.events)']),
    )
    expect(found).toEqual([[1, 'http://a.b']])
    expect(await connected(connections, 'authenticator', (c) => attempt(c, 'anon', ['select * from a']))).toEqual([])
  })

  test('an extension the server has is the real one, one it has not is named', async () => {
    const folder = createProjectFolder({ 'migrations/30000101000000_v.sql': '\ncreate extension vector;' })
    await expect(applyProject(folder.options(to('app', 'postgres')))).rejects.toMatchObject({
      code: 'EXTENSION_UNAVAILABLE',
      details: { file: 'supabase/migrations/30000101000000_v.sql', line: 2, extension: 'vector' },
    })
    folder.write({ 'migrations/30000101000000_v.sql': 'create extension tablefunc;' })
    await applyProject(folder.options(to('app', 'postgres')))
    folder.remove()
  })

  test('a reset makes the database anew', async () => {
    const connections = to('app', 'postgres')
    await resetDatabase(connections)
    await applyBaseline(connections, baselineOptions)
    expect(await applyWild(connections)).toMatchObject({ fresh: true })
  })
})

if (!hasPostgres15) describe(`on a server of one's own, Postgres 15${why}`, () => test('is left out', () => {}))
