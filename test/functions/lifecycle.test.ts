import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { alive, serveFunctions, type TestFunctions, until } from './test-functions.ts'

const replies = (text: string) => `Deno.serve(() => new Response('${text}'))`

const files = {
  'reloads/index.ts': `import { word } from '../_shared/word.ts'; import extra from '#extra'
    Deno.serve(() => new Response(word + ' ' + extra + ' ' + Deno.env.get('SECRET')))`,
  'reloads/deno.json': '{ "imports": { "#extra": "./a.ts" } }',
  'reloads/a.ts': `export default 'a'`,
  'reloads/b.ts': `export default 'b'`,
  '_shared/word.ts': `export const word: string = 'first'`,
  'long/index.ts': `
    Deno.serve((request) => new URL(request.url).searchParams.has('wait')
      ? new Response(new ReadableStream({
          async start(stream) {
            stream.enqueue(new TextEncoder().encode('old '))
            await fetch(Deno.env.get('SUPABASE_URL') + '/functions/v1/gate')
            stream.enqueue(new TextEncoder().encode('process'))
            stream.close()
          },
        }))
      : new Response('old'))`,
  'gate/index.ts': `
    let open: () => void
    const opened = new Promise<void>((resolve) => { open = resolve })
    Deno.serve(async (request) => {
      if (request.method === 'POST') open()
      else await opened
      return new Response('open')
    })`,
  'crashes/index.ts': `
    Deno.serve(async (request) => {
      const { how } = await request.json().catch(() => ({}))
      if (how === 'exit') Deno.exit(3)
      if (how === 'timer') { setTimeout(() => { throw new Error('uncaught in a timer') }); await new Promise(() => {}) }
      if (how === 'rejection') { Promise.reject(new Error('nobody awaits')); await new Promise(() => {}) }
      if (how === 'stream') return new Response(new ReadableStream({
        start(stream) {
          stream.enqueue(new TextEncoder().encode('some'))
          setTimeout(() => Deno.exit(0), 50)
        },
      }))
      return Response.json({ pid: Deno.pid })
    })`,
  'syntax/index.ts': 'const x: = 1',
  'missing-file/index.ts': `import './nowhere.ts'`,
  'bad-config/index.ts': replies('x'),
  'bad-config/deno.json': '{ "imports": [] }',
  'throws-at-load/index.ts': `throw new Error('not today')`,
  'exits-at-load/index.ts': 'Deno.exit(1)',
  'no-handler/index.ts': `console.log('nothing here')`,
  'pid/index.ts': `
    Deno.serve((request) => {
      if (new URL(request.url).searchParams.has('late')) {
        EdgeRuntime.waitUntil(new Promise((resolve) => setTimeout(resolve, 300)).then(() => console.log('done later')))
      }
      return Response.json({ pid: Deno.pid })
    })`,
  'stuck/index.ts': `
    Deno.serve((request) => {
      if (request.method === 'POST') for (;;);
      return Response.json({ pid: Deno.pid })
    })`,
  'silent/index.ts': `Deno.serve((request) => request.method === 'POST' ? new Promise(() => {}) : new Response('ok'))`,
  '.env': 'SECRET=one',
}

let functions: TestFunctions
beforeAll(async () => {
  functions = await serveFunctions(files)
})
afterAll(() => functions[Symbol.asyncDispose]())

const text = async (path: string) => (await functions.call(path)).text()
const pidOf = async (service: TestFunctions, path: string): Promise<number> =>
  (await (await service.call(path)).json()).pid

describe('hot reload', () => {
  test('an edit of the function, of common code, of deno.json or of a secret is in the next response', async () => {
    expect(await text('reloads')).toBe('first a one')
    await functions.write({ '_shared/word.ts': `export const word: string = 'second'` })
    expect(await text('reloads')).toBe('second a one')
    await functions.write({ 'reloads/deno.json': '{ "imports": { "#extra": "./b.ts" } }' })
    expect(await text('reloads')).toBe('second b one')
    await functions.write({ '.env': 'SECRET=two' })
    expect(await text('reloads')).toBe('second b two')
    await functions.write({ 'reloads/index.ts': replies('rewritten') })
    expect(await text('reloads')).toBe('rewritten')
  })

  test('a request in flight ends on the process it began on', async () => {
    const slow = await functions.call('long?wait=1')
    await functions.write({ 'long/index.ts': replies('new') })
    expect(await text('long')).toBe('new')
    await functions.call('gate', { method: 'POST' })
    expect(await slow.text()).toBe('old process')
  })

  test('functions come and go', async () => {
    expect((await functions.call('newcomer')).status).toBe(404)
    await functions.write({ 'newcomer/index.ts': replies('welcome') })
    expect(await text('newcomer')).toBe('welcome')
    await rm(join(functions.root, 'supabase', 'functions', 'newcomer'), { recursive: true })
    expect((await functions.call('newcomer')).status).toBe(404)
  })

  test('a mistake is told, and mending it is enough', async () => {
    await functions.write({ 'mended/index.ts': `import { x } from './part.ts'; Deno.serve(() => new Response(x))` })
    expect((await functions.call('mended')).status).toBe(503)
    await functions.write({ 'mended/part.ts': `export const x = 'whole'` })
    expect(await text('mended')).toBe('whole')
  })
})

describe('a function that does not start', () => {
  test.each([
    ['syntax', 503, 'BOOT_ERROR', /Unexpected token[\s\S]*index\.ts:1:10/],
    ['missing-file', 503, 'BOOT_ERROR', /nowhere\.ts/],
    ['bad-config', 503, 'BOOT_ERROR', /deno\.json[\s\S]*expected record/],
    ['throws-at-load', 500, 'WORKER_ERROR', /not today[\s\S]*throws-at-load\/index\.ts:1:/],
    ['exits-at-load', 500, 'WORKER_ERROR', /exited \(code 1\)/],
  ])('%s: %i %s, with its reason in the log', async (name, status, code, reason) => {
    const response = await functions.call(name)
    expect(response.status).toBe(status)
    expect(response.headers.get('sb-error-code')).toBe(code)
    expect(await response.json()).toMatchObject({ code })
    expect(
      functions
        .logs()
        .filter((line) => line.startsWith(`${name} error`))
        .join('\n'),
    ).toMatch(reason)
  })

  test('by a handler in time: 503 BOOT_ERROR, with its reason in the log', async () => {
    await using brief = await serveFunctions(
      { 'no-handler/index.ts': files['no-handler/index.ts'] },
      { limits: { bootMs: 1_000 } },
    )
    const response = await brief.call('no-handler')
    expect([response.status, response.headers.get('sb-error-code')]).toEqual([503, 'BOOT_ERROR'])
    expect(await response.json()).toMatchObject({ code: 'BOOT_ERROR' })
    expect(brief.logs().join()).toMatch(/no-handler error.*call Deno\.serve/)
  })

  test('in production the reason stays in the log', async () => {
    await using strict = await serveFunctions({ 'syntax/index.ts': 'const x: = 1' }, { config: { mode: 'production' } })
    const response = await strict.call('syntax')
    expect(await response.json()).toEqual({ code: 'BOOT_ERROR', message: 'Worker failed to boot (please check logs)' })
    expect(strict.logs().join()).toContain('Unexpected token')
  })
})

describe('a function that ends its process', () => {
  test.each(['exit', 'timer', 'rejection'])(
    'by %s: the request gets WORKER_ERROR, the next one a new process',
    async (how) => {
      const before = await pidOf(functions, 'crashes')
      const response = await functions.call('crashes', { method: 'POST', body: JSON.stringify({ how }) })
      expect(response.status).toBe(500)
      expect(await response.json()).toMatchObject({ code: 'WORKER_ERROR' })
      expect(await pidOf(functions, 'crashes')).not.toBe(before)
    },
  )

  test('in the middle of a response: the body breaks off', async () => {
    const response = await functions.call('crashes', { method: 'POST', body: JSON.stringify({ how: 'stream' }) })
    expect(response.status).toBe(200)
    await expect(response.text()).rejects.toThrow()
    expect(await pidOf(functions, 'crashes')).toBeGreaterThan(0)
  })
})

test.each(['silent', 'stuck'] as const)('a function that is %s: 504, and the next request is served', async (name) => {
  const source = { [`${name}/index.ts`]: files[`${name}/index.ts`] }
  // One that loops is not to reach its limit of processor time first.
  const limits = { responseMs: 3_000, cpuSoftMs: 60_000, cpuHardMs: 60_000 }
  await using brief = await serveFunctions(source, { limits })
  expect((await brief.call(name)).status).toBe(200)
  const response = await brief.call(name, { method: 'POST' })
  expect(response.status).toBe(504)
  expect(await response.json()).toMatchObject({ code: 'IDLE_TIMEOUT' })
  expect((await brief.call(name)).status).toBe(200)
})

describe('processes', () => {
  test('serve many requests, and leave when idle', async () => {
    await using brief = await serveFunctions({ 'pid/index.ts': files['pid/index.ts'] }, { limits: { idleMs: 400 } })
    const [pid = 0, ...others] = await Promise.all(['pid', 'pid?2', 'pid?3'].map((path) => pidOf(brief, path)))
    expect(others).toEqual([pid, pid])
    await until(() => !alive(pid))
    expect(await pidOf(brief, 'pid')).not.toBe(pid)
  })

  test('stay for background work', async () => {
    await using brief = await serveFunctions({ 'pid/index.ts': files['pid/index.ts'] }, { limits: { idleMs: 10 } })
    const pid = await pidOf(brief, 'pid?late=1')
    await until(() => brief.logs().includes('pid info done later'))
    await until(() => !alive(pid))
  })

  test('serve one request each with the policy oneshot, background work included', async () => {
    await using oneshot = await serveFunctions(
      { 'pid/index.ts': files['pid/index.ts'] },
      { config: { edgeRuntime: { policy: 'oneshot' } } },
    )
    const pids = await Promise.all(['pid', 'pid', 'pid?late=1'].map((path) => pidOf(oneshot, path)))
    expect(new Set(pids).size).toBe(3)
    await until(() => oneshot.logs().includes('pid info done later'))
    await until(() => !pids.some(alive))
  })

  test('are all gone after close', async () => {
    // Nothing else ends the one that is stuck before this test's own time is over.
    const edgeRuntime = { cpuSoftLimit: 600, cpuHardLimit: 600 }
    const closing = await serveFunctions(files, { config: { edgeRuntime }, limits: { spares: 1, responseMs: 600_000 } })
    const pids = await Promise.all(['pid', 'stuck', 'crashes'].map((path) => pidOf(closing, path)))
    const stuck = closing.call('stuck', { method: 'POST' }).catch(() => undefined)
    await closing[Symbol.asyncDispose]()
    expect(pids.filter(alive)).toEqual([])
    await stuck
  })
})

test('warm builds everything beforehand', async () => {
  await using warm = await serveFunctions({ 'hello/index.ts': replies('hi'), 'syntax/index.ts': 'const x: = 1' })
  await warm.service.warm()
  expect(warm.logs().join()).toContain('Unexpected token')
  expect(await (await warm.call('hello')).text()).toBe('hi')
})
