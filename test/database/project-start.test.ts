import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  applyBaseline,
  applyMigrations,
  applyProject,
  createMigrationFile,
  listMigrations,
  resetDatabase,
} from '#database'
import type { Observation } from '#observe'
import { useDatabase } from '../support/database.ts'
import { baselineOptions } from '../support/platform.ts'
import { forgetProject } from './forget-project.ts'
import { createProjectFolder, type ProjectFolder } from './project-folder.ts'
import { connected } from './sql-client.ts'

let folder: ProjectFolder
const database = useDatabase()
beforeEach(() => {
  folder = createProjectFolder({
    'migrations/20260101000000_one.sql': 'create table one (id int);',
    'migrations/20260102000000_two.sql': 'create table two (id int);',
    'migrations/README.md': 'not a migration',
    'seed.sql': 'insert into one values (1);',
  })
})
afterEach(async () => {
  folder.remove()
  await forgetProject(database.connections)
})

const start = (more?: Parameters<ProjectFolder['options']>[1]) =>
  applyProject(folder.options(database.connections, more))
async function query(text: string): Promise<unknown[][]> {
  return await connected(database.connections, 'supabase_admin', async (client) => {
    const result = await client.query<unknown[]>({ text, rowMode: 'array' })
    return result.rows
  })
}
const seeds = (...sqlPaths: string[]) => ({ seed: { enabled: true, sqlPaths } })

describe('the first start and those after it', () => {
  test('migrations in order and the seed, once', async () => {
    const first = await start()
    expect(first.fresh).toBe(true)
    expect(first.migrations.map(({ version, name, applied }) => [version, name, applied])).toEqual([
      ['20260101000000', 'one', true],
      ['20260102000000', 'two', true],
    ])
    expect(first.seeds).toEqual(['supabase/seed.sql'])
    expect(await start()).toEqual({ fresh: false, migrations: [], seeds: [] })
    expect(await query('select * from one')).toEqual([[1]])
    expect(
      await query('select version, name, statements from supabase_migrations.schema_migrations order by 1'),
    ).toEqual([
      ['20260101000000', 'one', ['create table one (id int)']],
      ['20260102000000', 'two', ['create table two (id int)']],
    ])
  })

  test('a later migration is applied, a seed is not; one that comes late is told', async () => {
    await start()
    folder.write({
      'migrations/20260101120000_late.sql': 'create table late (id int)',
      'seed.sql': 'insert into one values (2)',
    })
    const told: Observation[] = []
    const { migrations, seeds } = await start({ observe: (o) => told.push(o) })
    expect([migrations.map(({ name }) => name), seeds]).toEqual([['late'], []])
    expect(told).toContainEqual({
      kind: 'message',
      level: 'warn',
      text: 'The migration 20260101120000 is older than 20260102000000, which was applied before it.',
    })
    expect(told.flatMap((o) => (o.kind === 'phase' ? [`${o.name} ${o.state}`] : []))).toEqual([
      'migration 20260101120000_late begin',
      'migration 20260101120000_late end',
    ])
  })

  test('two at once', async () => {
    const results = await Promise.all([start(), start(), start()])
    expect(results.map(({ migrations }) => migrations.length).sort()).toEqual([0, 0, 2])
    expect(await query('select * from one')).toEqual([[1]])
  })

  test('no folder, no seed, nothing to do', async () => {
    const empty = createProjectFolder()
    const told: Observation[] = []
    const seed = { enabled: true, sqlPaths: ['./seed.sql', './seeds/*.sql'] }
    const result = await applyProject(empty.options(database.connections, { seed, observe: (o) => told.push(o) }))
    expect(result).toEqual({ fresh: true, migrations: [], seeds: [] })
    expect(told).toEqual([
      { kind: 'message', level: 'warn', text: 'No file matches the seed ./seeds/*.sql of supabase/config.toml.' },
    ])
    empty.remove()
  })

  test('switched off', async () => {
    const off = { migrations: { enabled: false, schemaPaths: [] }, seed: { enabled: false, sqlPaths: ['./seed.sql'] } }
    expect(await start(off)).toEqual({ fresh: true, migrations: [], seeds: [] })
    expect(await query("select count(*)::int from pg_tables where schemaname = 'public'")).toEqual([[0]])
  })

  test('a database that the Supabase CLI has filled is not seeded', async () => {
    await query(
      "insert into supabase_migrations.schema_migrations values ('20260101000000', null, 'one'); create table one (id int)",
    )
    expect(await start()).toMatchObject({ fresh: false, seeds: [], migrations: [{ name: 'two' }] })
  })
})

describe('seeds', () => {
  test('by patterns, in their order, each once', async () => {
    folder.write({
      'seeds/b.sql': "insert into log values ('b')",
      'seeds/a.sql': "insert into log values ('a')",
      'seeds/deep/c.sql': "insert into log values ('c')",
      'last.sql': "insert into log values ('last')",
      'migrations/20260103000000_log.sql': 'create table log (what text, at int generated always as identity)',
    })
    await start(seeds('./last.sql', 'seeds/*.sql', './seeds/**/*.sql', './last.sql'))
    expect((await query('select what from log order by at')).flat()).toEqual(['last', 'a', 'b', 'c'])
  })

  test('one that fails leaves the earlier ones, and the next start goes on', async () => {
    folder.write({ 'second.sql': 'insert into one values (2);\nselect nope;' })
    await expect(start(seeds('./seed.sql', './second.sql'))).rejects.toThrow(/^supabase\/second\.sql:2: column "nope"/)
    expect(await query('select * from one')).toEqual([[1]])
    folder.write({ 'second.sql': 'insert into one values (2);' })
    expect(await start(seeds('./seed.sql', './second.sql'))).toMatchObject({
      fresh: true,
      seeds: ['supabase/second.sql'],
    })
    expect(await query('select * from one')).toEqual([[1], [2]])
  })

  test('killed between migrations and seed, and within the seed', async () => {
    folder.write({ 'slow.sql': 'insert into one values (2); select pg_sleep(60);' })
    const options = folder.options(database.connections, seeds('./seed.sql', './slow.sql'))
    const script = `
      import { applyProject } from '#database'
      const options = JSON.parse(process.argv[1])
      await applyProject({ ...options, connections: { for: () => options.login }, observe: () => {} })`
    const child = spawn(
      process.execPath,
      [
        '--input-type=module',
        '--eval',
        script,
        JSON.stringify({ ...options, login: database.connections.for('supabase_admin') }),
      ],
      { stdio: 'inherit' },
    )
    const exited = new Promise((resolve) => child.on('exit', resolve))
    await expect
      .poll(() =>
        query(
          "select count(*)::int from pg_stat_activity where query like '%pg_sleep(60)%' and datname = current_database() and pid <> pg_backend_pid()",
        ),
      )
      .toEqual([[1]])
    child.kill('SIGKILL')
    await exited
    await query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    )
    expect(await query('select * from one')).toEqual([[1]])
    folder.write({ 'slow.sql': 'insert into one values (2);' })
    expect(await start(seeds('./seed.sql', './slow.sql'))).toMatchObject({
      fresh: true,
      seeds: ['supabase/slow.sql'],
      migrations: [],
    })
    expect(await query('select * from one order by 1')).toEqual([[1], [2]])
  })
})

describe('roles, secrets, exposure', () => {
  test('roles.sql once, before the migrations, and though its roles are there already', async () => {
    const role = `editor_${database.name}`
    folder.write({
      'roles.sql': `create role ${role}; create role anon; alter role ${role} set statement_timeout = '4s'; grant ${role} to authenticator; grant pg_monitor to ${role};`,
      'migrations/20260103000000_r.sql': `grant select on one to ${role};`,
    })
    await start()
    await start()
    expect(await query(`select pg_has_role('authenticator', '${role}', 'member')`)).toEqual([[true]])
    await query(`drop owned by ${role}; drop role ${role}`)
  })

  test('secrets of config.toml are in the vault, and follow it', async () => {
    const secret = () => query("select decrypted_secret from vault.decrypted_secrets where name = 'api'")
    await start({ vault: { api: 'first' } })
    expect(await secret()).toEqual([['first']])
    await start({ vault: { api: "sec'ond" } })
    expect(await secret()).toEqual([["sec'ond"]])
    await start()
    expect(await secret()).toEqual([["sec'ond"]])
  })

  test.each([
    [undefined, true],
    [true, true],
    [false, false],
  ])('exposeNewTables %s: anon may read a new table: %s', async (exposeNewTables, may) => {
    await start(exposeNewTables === undefined ? {} : { exposeNewTables })
    expect(await query("select has_table_privilege('anon', 'public.one', 'select')")).toEqual([[may]])
  })
})

describe('for the command line', () => {
  test('list, up, new', async () => {
    const { connections } = database
    await start()
    const path = await createMigrationFile(join(folder.supabase, 'migrations'), ' add comments ', {
      now: new Date('2026-01-31T12:34:56Z'),
    })
    expect(readdirSync(join(folder.supabase, 'migrations'))).toContain('20260131123456_add_comments.sql')
    expect(existsSync(path)).toBe(true)
    await query("insert into supabase_migrations.schema_migrations values ('20250101000000', null, 'gone')")
    const list = async () =>
      (await listMigrations({ connections, supabase: folder.supabase })).map(
        ({ version, name, applied, path: file }) => `${version} ${name} ${applied} ${file !== undefined}`,
      )
    expect(await list()).toEqual([
      '20250101000000 gone true false',
      '20260101000000 one true true',
      '20260102000000 two true true',
      '20260131123456 add_comments false true',
    ])
    await applyMigrations(folder.options(connections))
    expect((await list()).at(-1)).toBe('20260131123456 add_comments true true')
  })

  test('migrations alone, before the first start, which still seeds', async () => {
    await applyMigrations(folder.options(database.connections))
    expect(await query('select * from one')).toEqual([])
    expect(await start()).toMatchObject({ fresh: true, migrations: [], seeds: ['supabase/seed.sql'] })
    expect(await query('select * from one')).toEqual([[1]])
  })

  test('two files of one version are refused', async () => {
    folder.write({ 'migrations/20260101000000_other.sql': '' })
    await expect(start()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('same version'),
    })
  })

  test('declared schemas, only where there is no migration', async () => {
    const declared = createProjectFolder({ 'schemas/a.sql': 'create table declared (id int)' })
    const migrations = { enabled: true, schemaPaths: ['./schemas/*.sql'] }
    await applyProject(declared.options(database.connections, { migrations }))
    expect(await query("select to_regclass('declared') is not null")).toEqual([[true]])
    declared.remove()
  })

  test('reset: everything anew, with others connected', async () => {
    await start()
    await query('insert into one values (7)')
    await connected(database.connections, 'postgres', async (client) => {
      await resetDatabase(database.connections)
      await expect(client.query('select 1')).rejects.toThrow()
    })
    await applyBaseline(database.connections, baselineOptions)
    expect(await start()).toMatchObject({ fresh: true, seeds: ['supabase/seed.sql'] })
    expect(await query('select * from one')).toEqual([[1]])
  })

  test('reset: while somebody reads the changes', async () => {
    await start()
    const reader = new pg.Client({ ...database.connections.for('supabase_admin'), replication: 'database' } as never)
    reader.on('error', () => {})
    const ended = new Promise<void>((resolve) => reader.on('end', resolve))
    await reader.connect()
    await reader.query('CREATE_REPLICATION_SLOT a_reader TEMPORARY LOGICAL test_decoding')
    await resetDatabase(database.connections)
    await ended
    await applyBaseline(database.connections, baselineOptions)
    expect(await start()).toMatchObject({ fresh: true })
  })
})
