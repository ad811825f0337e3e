import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  truncateSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { folderOf, launcher, portico, type Running, startPortico } from './portico.ts'

/** One backend in production, with keys of its own, and one backup of it; the tests go in order. */
const work = folderOf({
  'app/supabase/config.toml':
    'project_id = "backup"\n[auth]\nsite_url = "https://app.example.com"\n[functions.hello]\nverify_jwt = false\n',
  'app/supabase/migrations/1_all.sql': `
    create table public.entry (n int primary key, owner uuid default auth.uid());
    alter table public.entry enable row level security;
    create policy own on public.entry for all to authenticated using (owner = auth.uid()) with check (owner = auth.uid());
    create policy own on storage.objects for all to authenticated using (owner = auth.uid()) with check (owner = auth.uid());
    insert into storage.buckets (id, name) values ('files', 'files');
    select vault.create_secret('of the vault', 'mine');`,
  'app/supabase/functions/hello/index.ts': `Deno.serve(() => new Response('deployed'))`,
})
const [project, backups] = [join(work.path, 'app'), join(work.path, 'backups')]
const elsewhere = ['--project', project, '--data', join(work.path, 'elsewhere', 'data')]
const at = ['--project', project]

const begin = async (args: readonly string[]) => {
  const running = await startPortico([...args, '--production'])
  const { stdout } = await portico(['status', '-o', 'json', ...args])
  return { ...running, facts: JSON.parse(stdout) as Running['facts'] }
}
const clientOf = ({ facts: { API_URL = '', PUBLISHABLE_KEY = '' } }: Running) =>
  createClient(API_URL, PUBLISHABLE_KEY, { auth: { persistSession: false, autoRefreshToken: false } })
const must = <T>({ data, error }: { data: T; error: unknown }): NonNullable<T> => {
  expect(error).toBeNull()
  return data as NonNullable<T>
}

let running: Running
let client: SupabaseClient
let refreshToken: string
let acknowledged = 0

beforeAll(async () => {
  mkdirSync(backups)
  running = await begin(at)
  client = clientOf(running)
  const signedUp = await client.auth.signUp({ email: 'ada@example.com', password: 'correct horse' })
  refreshToken = must(signedUp).session?.refresh_token ?? ''
  await portico(['functions', 'deploy', 'hello', ...at])
})
afterAll(async () => {
  await running?.end('SIGTERM')
  work.remove()
})

/** Writes row after row, and objects that are replaced and removed all the time, until it is told to stop. */
function writeOn(): { stop(): Promise<void> } {
  let stopped = false
  const rows = async () => {
    while (!stopped) {
      must(
        await client
          .from('entry')
          .insert({ n: acknowledged + 1 })
          .select(),
      )
      acknowledged++
    }
  }
  const objects = async (name: string) => {
    for (let size = 1; !stopped; size++) {
      must(await client.storage.from('files').upload(name, 'x'.repeat(size), { upsert: true }))
      if (size % 5 === 0) must(await client.storage.from('files').remove([name]))
    }
  }
  const writing = Promise.all([rows(), objects('a/one'), objects('a/two')])
  return {
    async stop() {
      stopped = true
      await writing
    },
  }
}

test('a backup of a backend at work is of one moment, and is restored elsewhere with all that belongs to it', async () => {
  const target = join(backups, 'first')
  must(await client.storage.from('files').upload('a/kept', 'kept'))
  const writing = writeOn()
  await expect.poll(() => acknowledged).toBeGreaterThan(3)
  const before = acknowledged
  const made = await portico(['backup', target, ...at])
  expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^backed up {2}\d+ files, \d+ MB: .*first\n$/) })
  await writing.stop()
  await running.end('SIGTERM')

  expect(await portico(['restore', target, ...elsewhere])).toMatchObject({ code: 0 })
  running = await begin(elsewhere)
  client = clientOf(running)
  must(await client.auth.refreshSession({ refresh_token: refreshToken }))
  const rows = must(await client.from('entry').select('n').order('n')).map(({ n }) => n)
  expect(rows.length).toBeGreaterThanOrEqual(before)
  expect(rows).toEqual(rows.map((_, at) => at + 1))

  const objects = must(await client.storage.from('files').list('a'))
  expect(objects.map(({ name }) => name)).toContain('kept')
  for (const { name, metadata } of objects) {
    const bytes = must(await client.storage.from('files').download(`a/${name}`))
    expect([name, bytes.size]).toEqual([name, metadata?.size])
  }
  // What is removed goes again.
  must(await client.storage.from('files').remove(['a/kept']))
  expect(readdirSync(join(work.path, 'elsewhere/data/storage/objects/files/a'))).not.toContain('kept')

  const secrets = await portico([
    'db',
    'query',
    '-o',
    'csv',
    'select decrypted_secret from vault.decrypted_secrets',
    ...elsewhere,
  ])
  expect(secrets.stdout).toContain('of the vault')
  writeFileSync(join(project, 'supabase/functions/hello/index.ts'), `Deno.serve(() => new Response('not deployed'))`)
  expect(await (await fetch(`${running.facts.FUNCTIONS_URL}/hello`)).text()).toBe('deployed')
})

test('a backup that is killed leaves no folder of its name, and the next one makes it', async () => {
  const target = join(backups, 'second')
  const begun = new Promise<void>((resolve) => {
    const watcher = watch(backups, (_, name) => {
      if (!name?.startsWith('second.partial-')) return
      watcher.close()
      resolve()
    })
  })
  const child = spawn(process.execPath, [launcher, 'backup', target, ...elsewhere])
  await begun
  child.kill('SIGKILL')
  await once(child, 'exit')
  const [, left = ''] = readdirSync(backups)
  expect(readdirSync(backups)).toEqual(['first', left])
  expect(await portico(['restore', join(backups, left), '--data', join(work.path, 'x'), ...at])).toMatchObject({
    code: 1,
  })

  await running.end('SIGTERM')
  // No backend runs.
  expect(await portico(['backup', target, ...elsewhere])).toMatchObject({ code: 0 })
  expect(readdirSync(backups)).toEqual(['first', 'second'])
})

test('of two backups to one name at once one is made whole, and nothing goes that is none of theirs', async () => {
  const folder = join(work.path, 'at-once')
  const others = ['night.partial', 'night.partial-abcdef', 'night.restoring'].map((name) => join(folder, name))
  for (const other of others) {
    mkdirSync(other, { recursive: true })
    writeFileSync(join(other, 'mine'), 'kept')
  }
  running = await begin(elsewhere)
  const both = await Promise.all([1, 2].map(() => portico(['backup', join(folder, 'night'), ...elsewhere])))
  expect(both.map(({ code }) => code).sort()).toEqual([0, 1])
  expect(both.find(({ code }) => code === 1)?.stderr).toMatch(/another was made there meanwhile|it is there already/)
  expect(readdirSync(folder)).toEqual(['night', 'night.partial', 'night.partial-abcdef', 'night.restoring'])
  for (const other of others) expect(readFileSync(join(other, 'mine'), 'utf8')).toBe('kept')
  const back = ['--project', project, '--data', join(work.path, 'back')]
  expect(await portico(['restore', join(folder, 'night'), ...back])).toMatchObject({ code: 0 })
  await running.end('SIGTERM')
})

describe('it is refused', () => {
  const refused = async (words: readonly string[]) => {
    const { code, stderr } = await portico(words)
    expect(code).toBe(1)
    return stderr
  }
  const fresh = ['--project', project, '--data', join(work.path, 'fresh')]

  test('to write over a backup, or of nothing', async () => {
    expect(await refused(['backup', join(backups, 'first'), ...elsewhere])).toContain('it is there already')
    expect(await refused(['backup', join(backups, 'none'), ...fresh])).toContain('nothing was ever started there')
    expect(existsSync(join(work.path, 'fresh'))).toBe(false)
  })

  test('to restore over data, or what is no backup', async () => {
    expect(await refused(['restore', join(backups, 'first'), ...elsewhere])).toContain(
      'is not empty. Move it away first',
    )
    expect(await refused(['restore', project, ...fresh])).toContain('it has no files.sha256')
  })

  test.each<[string, (backup: string) => void, string]>([
    ['a changed byte', (backup) => appendFileSync(join(backup, 'vault.key'), 'x'), 'vault.key is damaged'],
    [
      'a short file',
      (backup) => truncateSync(join(backup, 'postgres/global/pg_control'), 100),
      'pg_control is damaged',
    ],
    [
      'a path that leads out of it',
      (backup) => appendFileSync(join(backup, 'files.sha256'), `${'0'.repeat(64)}  ../first/vault.key\n`),
      'its files.sha256 is damaged',
    ],
    [
      'a list that was cut off',
      (backup) =>
        writeFileSync(
          join(backup, 'files.sha256'),
          readFileSync(join(backup, 'files.sha256'), 'utf8').replace(/^.* {2}vault\.key\n/m, ''),
        ),
      'its files.sha256 lacks vault.key',
    ],
    ['a label that was cut off', (backup) => truncateSync(join(backup, 'backup.json'), 9), 'backup.json is damaged'],
    [
      'a file that is gone',
      (backup) => appendFileSync(join(backup, 'files.sha256'), `${'0'.repeat(64)}  gone\n`),
      'gone cannot be read',
    ],
    [
      'a form of later',
      (backup) => writeFileSync(join(backup, 'backup.json'), '{"format":2}'),
      'made by a newer Portico',
    ],
  ])('to restore %s, and nothing of it stays', async (_, damage, message) => {
    const backup = join(backups, 'second')
    const files = ['vault.key', 'postgres/global/pg_control', 'files.sha256', 'backup.json'].map(
      (name) => [join(backup, name), readFileSync(join(backup, name))] as const,
    )
    damage(backup)
    expect(await refused(['restore', backup, ...fresh])).toContain(message)
    expect(readdirSync(work.path).filter((name) => name.startsWith('fresh'))).toEqual([])
    for (const [name, content] of files) writeFileSync(name, content)
  })
})
