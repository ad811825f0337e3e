import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { folderOf, portico, type Running, startPortico } from './portico.ts'

/** One project and one backend for all of the tests; they go in order. */
const work = folderOf({
  'supabase/config.toml': '[storage.buckets.pictures]\npublic = true\n[storage.buckets.other]\n',
  'supabase/functions/tell/index.ts': 'Deno.serve(() => new Response(Deno.env.get("WORD") ?? "nothing"))',
  'docs/a.txt': 'a',
  'docs/deep/b (1).json': '{}',
  'cat.png': 'not really',
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

async function storage(...words: readonly string[]): Promise<string[]> {
  const { code, stdout, stderr } = await portico(['storage', ...words, '--experimental', ...at], { cwd: work.path })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout.trim().split('\n')
}

async function refused(...words: readonly string[]): Promise<string> {
  const { code, stderr } = await portico([...words, ...at], { cwd: work.path })
  expect(code).toBe(1)
  return stderr
}

describe('storage', () => {
  test('cp takes files and folders into a bucket, with the type of each', async () => {
    expect(await storage('cp', 'cat.png', 'ss:///pictures/animals/')).toEqual([
      'cat.png => ss:///pictures/animals/cat.png',
    ])
    await storage('cp', '-r', 'docs', 'ss:///pictures/docs', '-j', '2', '--cache-control', 'max-age=60')
    const { data } = await client().storage.from('pictures').info('animals/cat.png')
    expect(data).toMatchObject({ contentType: 'image/png', cacheControl: 'max-age=3600', size: 10 })
    const deep = await client().storage.from('pictures').info('docs/deep/b (1).json')
    expect(deep.data).toMatchObject({ contentType: 'application/json', cacheControl: 'max-age=60' })
    expect(await refused('storage', 'cp', 'cat.png', 'ss:///pictures/animals/')).toContain('already exists')
  })

  test('ls shows buckets, folders, and all below', async () => {
    expect((await storage('ls')).sort()).toEqual(['other/', 'pictures/'])
    expect(await storage('ls', 'ss:///pictures/')).toEqual(['animals/', 'docs/'])
    expect(await storage('ls', 'ss:///pictures/docs/')).toEqual(['deep/', 'a.txt'])
    expect(await storage('ls', 'ss:///pictures/an')).toEqual(['animals/'])
    expect((await storage('ls', '-r', 'ss:///pictures/docs/')).sort()).toEqual([
      '/pictures/docs/a.txt',
      '/pictures/docs/deep/b (1).json',
    ])
  })

  test('cp brings files and folders back', async () => {
    await storage('cp', 'ss:///pictures/docs/a.txt', 'back.txt')
    expect(readFileSync(join(work.path, 'back.txt'), 'utf8')).toBe('a')
    await storage('cp', '-r', 'ss:///pictures/docs', 'back')
    expect(readFileSync(join(work.path, 'back/deep/b (1).json'), 'utf8')).toBe('{}')
    expect(await refused('storage', 'cp', 'ss:///pictures/docs', 'x')).toContain('with -r all that lies below')
  })

  test('cp and mv within and between buckets', async () => {
    await storage('cp', 'ss:///pictures/animals/cat.png', 'ss:///other/')
    await storage('mv', '-r', 'ss:///pictures/docs', 'ss:///other/kept')
    expect((await storage('ls', '-r', 'ss:///other/')).sort()).toEqual([
      '/other/cat.png',
      '/other/kept/a.txt',
      '/other/kept/deep/b (1).json',
    ])
    expect(await storage('ls', '-r', 'ss:///pictures/')).toEqual(['/pictures/animals/cat.png'])
  })

  test('rm takes one, a folder, a bucket', async () => {
    await storage('rm', 'ss:///other/cat.png')
    await storage('rm', '-r', 'ss:///other/kept/')
    expect(await refused('storage', 'rm', '-r', 'ss:///pictures')).toContain('If that is meant, add --yes')
    await storage('rm', '-r', '--yes', 'ss:///pictures')
    expect(await storage('ls')).toEqual(['other/'])
  })

  test.for([
    [['ls', 'ss://pictures/'], 'write three slashes'],
    [['ls', 'pictures'], 'expected ss:///BUCKET/PATH'],
    [['cp', 'a', 'b'], 'begins with ss:///'],
    [['cp', 'docs', 'ss:///other/'], 'docs is a folder: add -r'],
    [['cp', 'cat.png', 'ss:///nowhere/'], 'Bucket not found'],
    [['rm', 'ss:///other/none'], 'is no object'],
  ] as const)('%s is told', async ([words, says]) => {
    expect(await refused('storage', ...words)).toContain(says)
  })
})

describe('secrets', () => {
  const file = join(work.path, 'supabase/functions/.env')
  const list = async () => JSON.parse((await portico(['secrets', 'list', '-o', 'json', ...at])).stdout)
  const told = async () => {
    const { FUNCTIONS_URL, ANON_KEY = '' } = running.facts
    return await (await fetch(`${FUNCTIONS_URL}/tell`, { headers: { authorization: `Bearer ${ANON_KEY}` } })).text()
  }

  test('set is what functions are given next, and list tells no value', async () => {
    expect(await told()).toBe('nothing')
    writeFileSync(file, '# mine\nKEPT=1\n')
    writeFileSync(join(work.path, 'more'), 'MORE="two\nlines"\n')
    const set = await portico(['secrets', 'set', `WORD=it's "here" $X`, '--env-file', join(work.path, 'more'), ...at])
    expect(set).toMatchObject({ code: 0, stdout: expect.stringMatching(/: MORE, WORD\n$/) })
    expect(readFileSync(file, 'utf8')).toBe(`# mine\nKEPT=1\nMORE="two\\nlines"\nWORD="it's \\"here\\" \\$X"\n`)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    await expect.poll(told).toBe(`it's "here" $X`)
    const secrets = await list()
    expect(secrets.map(({ name }: { name: string }) => name)).toEqual(['KEPT', 'MORE', 'WORD'])
    expect(JSON.stringify(secrets)).not.toContain('here')
  })

  test('unset takes one away, through a link as well', async () => {
    const elsewhere = folderOf({ secrets: 'A=1\nB=2\n', 'supabase/config.toml': '' })
    mkdirSync(join(elsewhere.path, 'supabase/functions'))
    const link = join(elsewhere.path, 'supabase/functions/.env')
    symlinkSync('../../secrets', link)
    expect(await portico(['secrets', 'unset', 'A', '--project', elsewhere.path])).toMatchObject({ code: 0 })
    expect(readFileSync(join(elsewhere.path, 'secrets'), 'utf8')).toBe('B=2\n')
    expect(existsSync(link)).toBe(true)
    elsewhere.remove()
  })

  test.for([
    [['set', 'no value'], 'A secret is NAME=VALUE'],
    [['set', 'SUPABASE_URL=x'], "the platform's own"],
    [['set'], 'Give NAME=VALUE'],
    [['unset', 'GONE'], 'GONE does not stand in'],
  ] as const)('%s is told', async ([words, says]) => {
    expect(await refused('secrets', ...words)).toContain(says)
  })
})

function client() {
  return createClient(running.facts.API_URL ?? '', running.facts.SERVICE_ROLE_KEY ?? '')
}
