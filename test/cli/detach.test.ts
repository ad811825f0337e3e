import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createClient } from '@supabase/supabase-js'
import { afterAll, expect, test } from 'vitest'
import { descendantsOf, folderOf, leftOf, portico } from './portico.ts'

/** One project and one backend for all of the tests; they go in order. */
const work = folderOf({
  'supabase/config.toml': '',
  'supabase/migrations/1_t.sql': `create table things (owner uuid);
    alter table things enable row level security;
    create policy own on things for select using (owner = (select auth.uid()));
    insert into things values ('00000000-0000-4000-8000-000000000001')`,
  'supabase/files/a.txt': 'a',
})
const at = ['--project', work.path]
const anyPort = ['--port', '0', '--db-port', '0']
afterAll(async () => {
  await portico(['stop', ...at])
  work.remove()
})

const facts = async () => JSON.parse((await portico(['status', '-o', 'json', ...at])).stdout)

test('a start that fails says why, and leaves nothing', async () => {
  writeFileSync(join(work.path, 'supabase/seed.sql'), 'select nonsense')
  const { code, stderr } = await portico(['start', '--detach', ...anyPort, ...at])
  expect(code).toBe(1)
  expect(stderr).toMatch(/seed\.sql:1: column "nonsense" does not exist/)
  writeFileSync(join(work.path, 'supabase/seed.sql'), '')
  expect((await portico(['status', ...at])).code).toBe(1)
})

test('start --detach returns once the backend serves, which goes on without it', async () => {
  const { code, stdout } = await portico(['start', '--detach', ...anyPort, ...at])
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: expect.stringMatching(/Portico runs: process \d+\n[\s\S]*Project URL/),
  })
  const { API_URL } = await facts()
  expect((await fetch(`${API_URL}/health`)).status).toBe(200)
  const log = join(work.path, '.portico/portico.log')
  expect(readFileSync(log, 'utf8')).toContain('Portico runs (development)')
  expect(statSync(log).mode & 0o777).toBe(0o600)
})

test('once more it says that it runs, and is content', async () => {
  const { code, stdout } = await portico(['start', '-d', '--json', ...at])
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ kind: 'ready', API_URL: (await facts()).API_URL })
})

test('gen bearer-jwt makes a token that policies see', async () => {
  const sub = '00000000-0000-4000-8000-000000000001'
  const { API_URL, PUBLISHABLE_KEY } = await facts()
  const seenWith = async (...words: readonly string[]) => {
    const token = (await portico(['gen', 'bearer-jwt', ...words, ...at])).stdout.trim()
    const client = createClient(API_URL, PUBLISHABLE_KEY, { accessToken: async () => token })
    const { data, error } = await client.from('things').select()
    return error ? error.message : data
  }
  expect(await seenWith('--role', 'authenticated', '--sub', sub)).toEqual([{ owner: sub }])
  expect(await seenWith('--role', 'authenticated', '--payload', `{"sub":"${crypto.randomUUID()}"}`)).toEqual([])
  expect(await seenWith('--role', 'authenticated', '--exp', '2020-01-01T00:00:00Z')).toMatch(/expired/)
  const { code, stderr } = await portico(['gen', 'bearer-jwt', '--role', 'anon', '--valid-for', 'long', ...at])
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('Expected a duration') })
})

test('seed buckets makes what config.toml has now, and throws nothing away', async () => {
  writeFileSync(
    join(work.path, 'supabase/config.toml'),
    '[storage.buckets.papers]\npublic = true\nobjects_path = "./files"\n',
  )
  const { code, stdout } = await portico(['seed', 'buckets', '--local', ...at])
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'Buckets: papers\n' })
  const { API_URL } = await facts()
  expect(await (await fetch(`${API_URL}/storage/v1/object/public/papers/a.txt`)).text()).toBe('a')
})

test('services names what there is', async () => {
  const { stdout } = await portico(['services', '-o', 'yaml'])
  expect(stdout).toMatch(/^- name: "portico"\n {2}version: "\d+\.\d+\.\d+"\n/)
  expect(stdout).toMatch(/name: "postgres"\n {2}version: "18\.\d+\.\d+"/)
})

test('stop ends it and all below it', async () => {
  const [, pid = '0'] = /process (\d+)/.exec((await portico(['status', ...at])).stdout) ?? []
  const below = [Number(pid), ...descendantsOf(Number(pid))]
  expect(below.length).toBeGreaterThan(1)
  expect(await portico(['stop', ...at])).toMatchObject({ code: 0, stdout: `Stopped process ${pid}.\n` })
  expect(await leftOf(below)).toEqual([])
  expect(existsSync(join(work.path, '.portico/portico.json'))).toBe(false)
})

test.for([
  [['--ephemeral'], '--detach needs a data folder'],
  [['--port', 'x'], 'Expected a port'],
  [['--data', join(work.path, 'supabase/config.toml')], 'cannot be used'],
] as const)('%s is told', async ([words, says]) => {
  const { code, stderr } = await portico(['start', '--detach', ...words, ...at])
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(says) })
})
