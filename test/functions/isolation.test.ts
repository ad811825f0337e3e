import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serveFunctions, type TestFunctions, until } from './test-functions.ts'

// Runs the code it is sent: what a function could do, tried from inside.
const evaluate = `
  Deno.serve(async (request) => {
    try {
      const { code, values } = await request.json()
      const run = new (Object.getPrototypeOf(async () => {}).constructor)('values', code)
      return Response.json({ result: await run(values) ?? null })
    } catch (error) {
      return Response.json({ error: error.name })
    }
  })`

let functions: TestFunctions
beforeAll(async () => {
  functions = await serveFunctions(
    {
      'evaluate/index.ts': evaluate,
      'neighbour/index.ts': `Deno.serve(() => new Response('fine'))`,
      '.env': 'FROM_FILE=file\nIN_BOTH=file\nSUPABASE_URL=http://evil.example\n',
    },
    {
      config: {
        edgeRuntime: { secrets: { FROM_CONFIG: 'config', IN_BOTH: 'config' } },
        functions: { evaluate: { enabled: true, verifyJwt: true, env: { OWN: 'only mine' } } },
      },
      jwks: () => ({ keys: [] }),
      limits: { memoryBytes: 128 * 1024 * 1024 },
    },
  )
})
afterAll(() => functions[Symbol.asyncDispose]())

async function inside(code: string, values?: unknown): Promise<{ result?: unknown; error?: string }> {
  const body = JSON.stringify({ code, values })
  return (await functions.call('evaluate', { method: 'POST', body })).json() as Promise<{ result?: unknown }>
}

test('the environment is the project’s secrets and the platform’s variables, and nothing else', async () => {
  const { result } = await inside('return Deno.env.toObject()')
  expect(result).toEqual({
    FROM_FILE: 'file',
    FROM_CONFIG: 'config',
    IN_BOTH: 'file',
    OWN: 'only mine',
    SUPABASE_URL: functions.origin,
    SUPABASE_DB_URL: 'postgresql://postgres:postgres@127.0.0.1:54322/postgres',
    SUPABASE_ANON_KEY: 'anon',
    SUPABASE_SERVICE_ROLE_KEY: 'service',
    SUPABASE_PUBLISHABLE_KEYS: '{"default":"sb_publishable_1"}',
    SUPABASE_SECRET_KEYS: '{"default":"sb_secret_1"}',
    SUPABASE_JWKS: '{"keys":[]}',
    SUPABASE_FUNCTION_SLUG: 'evaluate',
    SB_REGION: 'local',
    SB_EXECUTION_ID: expect.stringMatching(/^[0-9a-f-]{36}$/),
    DENO_DEPLOYMENT_ID: expect.stringMatching(/^local_evaluate_/),
  })
})

describe('denied', () => {
  test.each([
    ['a file of the host', `return Deno.readTextFile('/etc/passwd')`],
    ['a file of the project', `return Deno.readTextFile(values.root + '/supabase/functions/.env')`],
    ['its own process', `return Deno.readTextFile('/proc/self/environ')`],
    ['files through node:fs', `return (await import('node:fs')).readFileSync('/etc/passwd', 'utf8')`],
    ['code outside its bundle', `return import(values.root + '/outside.js')`],
    ['code from the network', `return import('https://example.com/x.js')`],
    ['writing', `return Deno.writeTextFile(values.root + '/supabase/functions/evaluate/index.ts', '')`],
    ['writing its bundle', `return Deno.writeTextFile(Deno.cwd() + '/evaluate/index.js', '')`],
    ['temporary files of others', `return Deno.readTextFile('/tmp/../' + values.root)`],
    ['a subprocess', `return new Deno.Command('/bin/true').output()`],
    ['a subprocess through node', `(await import('node:child_process')).execSync('true')`],
    ['a signal to another process', `Deno.kill(values.pid, 'SIGTERM')`],
    ['native code', `return Deno.dlopen('/lib/x86_64-linux-gnu/libc.so.6', {})`],
    ['other users’ identity', `return (await import('node:os')).userInfo()`],
    ['a unix socket of the host', `return Deno.connect({ transport: 'unix', path: values.socket })`],
    [
      'a unix socket through node',
      `
      const socket = (await import('node:net')).connect(values.socket)
      return new Promise((resolve, reject) => socket.on('connect', () => resolve('in')).on('error', reject))`,
    ],
    [
      'asking for more',
      `if ((await Deno.permissions.request({ name: 'read', path: '/' })).state !== 'granted') throw new Error()`,
    ],
  ])('%s', async (_, code) => {
    const socket = join(functions.root, 'trusted.sock')
    const trusted = createServer().listen(socket)
    await once(trusted, 'listening')
    await writeFile(join(functions.root, 'outside.js'), 'export default 1')
    const answer = await inside(code, { root: functions.root, socket, pid: process.pid })
    trusted.close()
    expect(answer).toEqual({ error: expect.any(String) })
  })

  test('what would outlive the process', async () => {
    const { result } = await inside('return [typeof localStorage, typeof caches]')
    expect(result).toEqual(['undefined', 'undefined'])
  })

  test('but the network is open, Portico included', async () => {
    const { result } = await inside(`return (await fetch(values + '/functions/v1/missing')).status`, functions.origin)
    expect(result).toBe(404)
  })
})

test('levels and formats of the console', async () => {
  await inside(`
    console.log('\\x1b[31mred\\x1b[0m\\rover\\ttab\\nline\\x07')
    console.debug('a'); console.warn('b %s %d', 'x', 3); console.error(new TypeError('c')); console.info({ d: [1] }, 'e')
    await Deno.stderr.write(new TextEncoder().encode('raw\\n'))`)
  await until(() => functions.logs().some((line) => line.endsWith('raw')))
  const logs = functions.logs().join('\n')
  expect(logs).toContain('evaluate info red\ufffdover\ttab\nline\ufffd')
  for (const line of ['debug a', 'warn b x 3', 'error TypeError: c', 'info { d: [ 1 ] } e', 'error raw']) {
    expect(logs).toContain(`evaluate ${line}`)
  }
})

describe('contained', () => {
  test.each([
    ['memory outside the heap', `const kept = []; for (;;) { kept.push(new Uint8Array(8e6).fill(1)); await 0 }`],
    ['memory in the heap', `const kept = []; for (;;) kept.push({ kept: [...kept.slice(-9)] })`],
  ])('%s: 546, and the neighbour lives', async (_, code) => {
    await functions.call('neighbour')
    const response = await functions.call('evaluate', { method: 'POST', body: JSON.stringify({ code }) })
    expect(response.status).toBe(546)
    expect(await response.json()).toMatchObject({ code: 'WORKER_LIMIT' })
    expect(await (await functions.call('neighbour')).text()).toBe('fine')
    expect(await inside('return 1')).toEqual({ result: 1 })
  })

  test('a flood of log lines is cut', async () => {
    await inside(
      `for (let i = 0; i < 20_000; i++) console.log('line ' + i); await Deno.stdout.write(new Uint8Array(3e6).fill(65))`,
    )
    await until(() => functions.logs().some((line) => /log lines were dropped/.test(line)))
    const lines = functions.logs().filter((line) => line.startsWith('evaluate info line'))
    expect(lines.length).toBeLessThan(3_000)
    expect(Math.max(...functions.logs().map((line) => line.length))).toBeLessThan(10_100)
  })
})
