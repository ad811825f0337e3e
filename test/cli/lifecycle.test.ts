import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { byNpm, descendantsOf, folderOf, leftOf, onOldNode, portico, spawnPortico, startPortico } from './portico.ts'

const project = folderOf({
  'supabase/config.toml': 'project_id = "lifecycle"\n[not_a_section]\nkey = 1\n',
  'supabase/functions/hello/index.ts': `Deno.serve(() => new Response('hello'))\n`,
  'supabase/migrations/20260101000000_words.sql': 'create table public.words (word text primary key);\n',
})
const at = ['--project', project.path]
afterAll(() => project.remove())

test('Ctrl-C ends everything', async () => {
  const running = await startPortico(at)
  const { facts, pid, lines } = running
  expect(lines.filter(({ kind }) => kind === 'warning')).toEqual([
    { kind: 'warning', text: expect.stringContaining('not_a_section') },
  ])
  await fetch(`${facts.FUNCTIONS_URL}/hello`, { headers: { authorization: `Bearer ${facts.ANON_KEY}` } })
  const below = descendantsOf(pid)
  // Node.js gives back what is free in its heaps, Postgres keeps what its next answer needs, and Deno is as it is made.
  if (process.platform === 'linux') {
    expect(environmentOf(pid)).toMatch(/^MALLOC_TRIM_THRESHOLD_=\d+$/m)
    for (const child of below) expect(environmentOf(child)).not.toContain('MALLOC_ARENA_MAX')
  }
  const { code } = await running.end('SIGINT')
  expect(code).toBe(0)
  expect(await leftOf(below)).toEqual([])
  expect(readdirSync(join(project.path, '.portico'))).toContain('postgres')
})

test('Ctrl-C during a start ends what was started so far, a statement that runs for ever among it', async () => {
  const endless = folderOf({ 'supabase/migrations/20260101000000_endless.sql': 'select pg_sleep(1000000);\n' })
  onTestFinished(() => endless.remove())
  const begun = Promise.withResolvers<void>()
  const spawned = spawnPortico(['--ephemeral', '--project', endless.path], ({ kind, name, state }) => {
    if (kind === 'phase' && name === 'migration 20260101000000_endless' && state === 'begin') begun.resolve()
  })
  await begun.promise
  const below = descendantsOf(spawned.pid)
  const { code } = await spawned.end('SIGINT')
  expect(code).toBe(0)
  expect(await leftOf(below)).toEqual([])
  expect(spawned.lines.some(({ kind }) => kind === 'ready')).toBe(false)
})

test.each([
  ['Portico', undefined],
  ['its launcher on an old Node', onOldNode],
])('kill -9 of %s leaves nothing behind, and the next start goes on', async (_, command) => {
  const killed = await startPortico(at, command)
  const below = descendantsOf(killed.pid)
  await killed.end('SIGKILL')
  expect(await leftOf(below)).toEqual([])
})

test('npm start ends with the npm that a supervisor stops', async () => {
  const running = await startPortico(at, byNpm)
  const below = descendantsOf(running.pid)
  await running.end('SIGTERM')
  expect(await leftOf(below)).toEqual([])
})

test('whoever asks again does not wait for what is in flight', async () => {
  const running = await startPortico(at)
  const below = descendantsOf(running.pid)
  const held = connect(Number(new URL(running.facts.API_URL ?? '').port), '127.0.0.1')
  held.on('error', () => {})
  held.write(
    'POST /graphql/v1 HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{',
  )
  // It says so once it has the head.
  expect(String((await once(held, 'data'))[0])).toMatch(/^HTTP\/1\.1 100 /)
  const repeat = setInterval(() => process.kill(running.pid, 'SIGINT'), 100)
  const code = await running.ended
  clearInterval(repeat)
  expect(code).toBe(130)
  expect(await leftOf(below)).toEqual([])
  held.destroy()
})

describe('a start that fails', () => {
  const broken = folderOf({
    'supabase/migrations/20260101000000_good.sql': 'create table public.good (id int);\n',
    'supabase/migrations/20260102000000_bad.sql':
      '-- a line\ncreate table public.bad (id int);\ncreate tabel public.worse ();\n',
  })
  afterAll(() => broken.remove())

  test('names file, line, statement and message, with status 1 and no stack', async () => {
    const { code, stdout, stderr } = await portico(['start', '--project', broken.path, '--port', '0', '--db-port', '0'])
    expect(code).toBe(1)
    expect(stdout).toMatch(/^Migration 20260102000000_bad: failed after \d+ ms$/m)
    expect(stderr).toMatch(/^error: supabase\/migrations\/20260102000000_bad\.sql:3: syntax error at or near "tabel"$/m)
    expect(stderr).toContain('statement: create tabel public.worse ()')
    expect(stderr).not.toMatch(/^\s+at /m)
  })

  test('says the same as JSON, and its stack with --verbose', async () => {
    const free = ['--project', broken.path, '--port', '0', '--db-port', '0']
    const { stdout } = await portico(['start', '--json', ...free])
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
      kind: 'error',
      code: 'SQL_FILE_FAILED',
      details: { file: 'supabase/migrations/20260102000000_bad.sql', line: 3 },
    })
    const verbose = await portico(['start', '--verbose', ...free])
    expect(verbose.stderr).toMatch(/^\s+at /m)
  })
})

test('a start whose functions are still being bundled stops at once', async () => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const asked = once(silent, 'request')
  const { port } = silent.address() as AddressInfo
  const waiting = folderOf({
    'supabase/functions/f/index.ts': "import 'npm:never-answered@1'",
    'supabase/functions/.npmrc': `registry=http://127.0.0.1:${port}/`,
  })
  try {
    const running = await startPortico(['--project', waiting.path])
    await asked
    expect((await running.end('SIGTERM')).code).toBe(0)
    expect(running.lines.filter(({ level, kind }) => level === 'error' || kind === 'warning')).toEqual([])
  } finally {
    silent.closeAllConnections()
    silent.close()
    waiting.remove()
  }
})

test('without a terminal a start prints plain lines and one summary', async () => {
  const { stdout } = await untilReady(['start', '--ephemeral', '--port', '0', '--db-port', '0', ...at])
  expect(stdout).toMatch(/^\d\d:\d\d:\d\d info {2}GET rest 404 id=\S+ route=rest status=404 ms=/m)
  expect(stdout).not.toMatch(/^\{/m)
  expect(stdout).toMatch(/^Creating the database: [\d.]+ m?s$/m)
  expect(stdout.match(/Portico runs \(development\)/g)).toHaveLength(1)
  expect(stdout).toMatch(/^ {2}Secret +sb_secret_/m)
  const folder = /Data in (\S+) \(removed at the end\)/.exec(stdout)?.[1] ?? ''
  expect(folder).not.toBe('')
  expect(existsSync(folder)).toBe(false)
})

test('in production no secret is printed; status, which was asked, tells them', async () => {
  const running = await startPortico([...at, '--production'])
  const printed = JSON.stringify(running.lines)
  expect(Object.keys(running.facts)).not.toContain('SECRET_KEY')
  const { stdout } = await portico(['status', '-o', 'json', ...at])
  const facts = JSON.parse(stdout) as Record<string, string>
  for (const name of ['SECRET_KEY', 'SERVICE_ROLE_KEY', 'JWT_SECRET', 'OPERATOR_KEY']) {
    expect(facts[name]?.length).toBeGreaterThan(20)
    expect(printed).not.toContain(facts[name])
  }
  expect(statSync(join(project.path, '.portico/portico.json')).mode & 0o777).toBe(0o600)
  expect(readFileSync(join(project.path, '.portico/portico.json'), 'utf8')).toContain('"API_URL"')
  await running.end('SIGTERM')
})

/** Runs a start until it says that it is ready, then stops it. */
async function untilReady(args: readonly string[]): Promise<{ stdout: string }> {
  const child = spawn(process.execPath, ['bin/portico.js', ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let stdout = ''
  for await (const chunk of child.stdout) {
    stdout += chunk
    const url = stdout.includes('Ctrl-C stops it.') && /http:\/\/127\.0\.0\.1:\d+/.exec(stdout)?.[0]
    if (!url || child.killed) continue
    await fetch(`${url}/rest/v1/nowhere`)
    child.kill('SIGTERM')
  }
  return { stdout }
}

/** What a process was started with, a line a variable; nothing for one that has ended meanwhile. */
function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').replaceAll('\0', '\n')
  } catch {
    return ''
  }
}
