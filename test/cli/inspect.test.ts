import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { reports } from '../../src/cli/inspect-reports.ts'
import { folderOf, portico, type Running, startPortico } from './portico.ts'

const work = folderOf({
  'supabase/config.toml': '',
  'supabase/migrations/1_t.sql': `
    create table public.things (id bigint primary key, owner uuid, name text) with (autovacuum_enabled = false);
    create index things_owner on public.things (owner);
    insert into public.things select i, gen_random_uuid(), 'thing ' || i from generate_series(1, 2000) i;
    create schema "Größe"; create table "Größe"."Tabelle" (id int);`,
})
const at = ['--project', work.path]
let running: Running

beforeAll(async () => {
  running = await startPortico(at)
})
afterAll(async () => {
  await running?.end('SIGTERM')
  work.remove()
})

async function inspect(name: string): Promise<Readonly<Record<string, unknown>>[]> {
  const { code, stdout, stderr } = await portico(['inspect', 'db', name, '--local', '-o', 'json', ...at])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout)
}

describe('inspect db', () => {
  test.for(['table-stats', 'table-sizes'])('%s: the tables of the project, and none of the platform', async (name) => {
    const rows = await inspect(name)
    expect(rows.map((row) => row.name).sort()).toEqual(['"Größe"."Tabelle"', 'public.things'])
    expect(rows[0]).toMatchObject({ name: 'public.things', table_size: expect.stringMatching(/kB$/) })
  })

  test('index-stats and unused-indexes: an index that nobody reads, and not the key', async () => {
    expect(await inspect('index-stats')).toContainEqual(
      expect.objectContaining({ name: 'public.things_owner', index_scans: 0, unused: true }),
    )
    const unused = (await inspect('unused-indexes')).map((row) => row.index)
    expect(unused).toEqual(['things_owner'])
  })

  test('bloat: what rows that are gone have left', async () => {
    const change = `delete from public.things where id > 20; analyze public.things; delete from public.things`
    expect((await portico(['db', 'query', change, ...at])).code).toBe(0)
    const rows = await inspect('bloat')
    const table = rows.find((row) => row.name === 'public.things')
    expect(Number(table?.bloat)).toBeGreaterThan(5)
    expect(rows.find((row) => row.name === 'public.things::things_pkey')).toMatchObject({ type: 'index' })
  })

  test('outliers and calls: what was run, how often', async () => {
    for (let i = 0; i < 3; i++)
      await portico(['db', 'query', 'select count(*) from public.things where id = 77', ...at])
    const url = running.facts.DB_URL ?? ''
    const client = new pg.Client(url)
    await client.connect()
    for (let i = 0; i < 5_000; i++) await client.query('select 77 as often')
    await client.end()
    expect(await inspect('calls')).toContainEqual(
      expect.objectContaining({ query: 'select $1 as often', number_calls: 5_000 }),
    )
    expect(await inspect('outliers')).toHaveLength(10)
  })

  test('locks and blocking: who holds one, and who waits', async () => {
    const [holder, waiter] = [new pg.Client(running.facts.DB_URL), new pg.Client(running.facts.DB_URL)]
    await Promise.all([holder.connect(), waiter.connect()])
    await holder.query('begin; lock table public.things in access exclusive mode')
    const waits = waiter.query('select 1 from public.things')
    await expect
      .poll(async () => (await inspect('blocking')).map((row) => row.blocked_statement))
      .toEqual(['select 1 from public.things'])
    expect((await inspect('locks')).map((row) => row.relname)).toContain('things')
    await holder.query('rollback')
    await waits
    await Promise.all([holder.end(), waiter.end()])
  })

  test('report: a file of CSV for each', async () => {
    const { code } = await portico(['inspect', 'report', '--output-dir', join(work.path, 'reports'), ...at])
    expect(code).toBe(0)
    const [day = ''] = readdirSync(join(work.path, 'reports'))
    expect(readdirSync(join(work.path, 'reports', day))).toHaveLength(reports.length)
    expect(readFileSync(join(work.path, 'reports', day, 'role_stats.csv'), 'utf8')).toMatch(/^role_name,.*\r\n/)
  })
})
