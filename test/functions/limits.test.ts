import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { locateDeno } from '../../src/functions/worker/locate-deno.ts'
import { alive, serveFunctions, type TestFunctions, until } from './test-functions.ts'

// Who uses up a limit gives way to others: on a busy machine that takes its time.
const long = 170_000

const files = {
  'attack/index.ts': `
    import process from 'node:process'
    const kept: unknown[] = []
    const attacks: Record<string, (request: Request) => unknown> = {
      fine: () => Response.json({ pid: Deno.pid }),
      throws: () => { throw new Error('on purpose') },
      loops: () => { for (;;); },
      allocates: async () => { for (;;) { kept.push(new Uint8Array(8e6).fill(1)); await 0 } },
      exits: () => Deno.exit(0),
      floods: () => { for (let i = 0; i < 50_000; i++) console.log('line ' + i); return new Response('flooded') },
      large: () => new Response(new Uint8Array(100e6)),
      'large and streamed': () => new Response(new ReadableStream({
        pull: (stream) => stream.enqueue(new Uint8Array(1e6)) })),
      'many headers': () => new Response('x', { headers: Array.from({ length: 100 }, (_, i) => ['x-' + i, 'y'.repeat(200)]) }),
      'too many headers': () => new Response('x', { headers: Array.from({ length: 100 }, (_, i) => ['x-' + i, 'y'.repeat(2000)]) }),
      'opens files': () => Deno.readTextFile('/etc/passwd'),
      'reads another function': () => Deno.readTextFile(new URL('../../../neighbour/functions/neighbour/index.js', import.meta.url)),
      environment: () => Response.json([Deno.env.get('PATH'), Deno.env.get('HOME'), Deno.env.get('DENO_DIR')]),
      socket: () => Deno.connect({ transport: 'unix', path: '/tmp/.s.PGSQL.5432' }),
      'goes on looping': () => { EdgeRuntime.waitUntil((async () => { await new Promise((resolve) => setTimeout(resolve, 100)); for (;;); })()); return new Response('ok') },
      'leaves a timer': () => { setTimeout(() => { for (;;); }, 100); return new Response('ok') },
      soft: () => { while (process.cpuUsage().user < 300_000); return Response.json({ pid: Deno.pid }) },
    }
    Deno.serve((request) => attacks[decodeURIComponent(new URL(request.url).pathname.split('/')[2])](request))`,
  'silent/index.ts': 'Deno.serve(() => new Promise(() => {}))',
  'neighbour/index.ts': `Deno.serve(() => new Response('fine'))`,
  'slow/index.ts': `
    let now = 0, most = 0
    Deno.serve(async (request) => {
      if (request.method === 'PUT') return Response.json({ most, pid: Deno.pid })
      most = Math.max(most, ++now)
      await new Promise((resolve) => setTimeout(resolve, 300))
      now -= 1
      return Response.json({ pid: Deno.pid })
    })`,
  'leaving/index.ts': `
    addEventListener('beforeunload', ({ detail }) => console.log('unload', detail.reason))
    Deno.serve(() => new Response('one'))`,
  'upload/index.ts': `Deno.serve(async (request) => Response.json({ size: (await request.arrayBuffer()).byteLength }))`,
  'page/index.ts': `
    Deno.serve(async (request) => {
      const file = new URL(request.url).searchParams.get('file') ?? './page.html'
      return new Response(await Deno.readTextFile(new URL(file, import.meta.url)))
    })`,
  'page/page.html': '<h1>page</h1>',
  'page/secret.txt': 'not listed',
  '_shared/footer.html': '<footer>',
}

const mebibyte = 1024 * 1024
let functions: TestFunctions
beforeAll(async () => {
  functions = await serveFunctions(files, {
    config: {
      edgeRuntime: {
        ...{ memoryLimit: 128 * mebibyte, cpuSoftLimit: 0.15, cpuHardLimit: 0.4 },
        ...{ maxRequestSize: mebibyte, maxResponseSize: 10 * mebibyte },
      },
      functions: {
        silent: { enabled: true, verifyJwt: true, responseTimeout: 1 },
        page: {
          enabled: true,
          verifyJwt: false,
          staticFiles: ['./functions/page/*.html', './functions/_shared/*.html'],
        },
        slow: { enabled: true, verifyJwt: true, workerConcurrency: 2, maxWorkers: 1, queueTimeout: 0.7 },
      },
    },
  })
})
afterAll(() => functions[Symbol.asyncDispose]())

const attack = (name: string) => functions.call(`attack/${encodeURIComponent(name)}`)
const pid = async () => ((await (await attack('fine')).json()) as { pid: number }).pid

describe('a fault is answered as Supabase’s runtime does, and no other function notices', () => {
  test.each([
    ['throws', 500, 'EDGE_FUNCTION_ERROR'],
    ['loops', 546, 'WORKER_LIMIT'],
    ['allocates', 546, 'WORKER_LIMIT'],
    ['exits', 500, 'WORKER_ERROR'],
    ['floods', 200, null],
    ['large', 546, 'WORKER_LIMIT'],
    ['too many headers', 546, 'WORKER_LIMIT'],
    ['opens files', 500, 'EDGE_FUNCTION_ERROR'],
    ['reads another function', 500, 'EDGE_FUNCTION_ERROR'],
    ['environment', 200, null],
    ['socket', 500, 'EDGE_FUNCTION_ERROR'],
  ])(
    '%s: %i',
    async (name, status, code) => {
      await functions.call('neighbour')
      const response = await attack(name)
      expect([response.status, response.headers.get('sb-error-code')]).toEqual([status, code])
      if (name === 'environment') expect(await response.json()).toEqual([null, null, null])
      else await response.arrayBuffer()
      expect(await (await functions.call('neighbour')).text()).toBe('fine')
      expect(await pid()).toBeGreaterThan(0)
    },
    long,
  )

  test('one that never answers: 504', async () => {
    const response = await functions.call('silent')
    expect([response.status, response.headers.get('sb-error-code')]).toEqual([504, 'IDLE_TIMEOUT'])
  })

  test('a response without end is cut at its limit', async () => {
    const response = await attack('large and streamed')
    expect(response.status).toBe(200)
    let bytes = 0
    await expect(
      (async () => {
        for await (const chunk of response.body ?? []) bytes += chunk.length
      })(),
    ).rejects.toThrow()
    expect(bytes).toBeLessThanOrEqual(11 * mebibyte)
  })

  test.each(['goes on looping', 'leaves a timer'])(
    'a function that %s after its response is ended',
    async (name) => {
      const before = await pid()
      expect((await attack(name)).status).toBe(200)
      await until(() => functions.logs().some((line) => line.includes('more than its 400 ms of processor time')), long)
      await until(async () => (await pid()) !== before, long)
    },
    long,
  )

  test(
    'half of the processor time is a warning: the next request gets another process',
    async () => {
      const { pid: before } = await (await attack('soft')).json()
      await until(async () => (await pid()) !== before, long)
    },
    long,
  )
})

// As long as this process gets its turns: who does not look finds nothing.
test(
  'breaches are found within 100 ms of processor time and 40 MB',
  async () => {
    const found = () => functions.observations.flatMap((o) => (o.kind === 'invocation' && o.status === 546 ? o : []))
    const isWithin = (o: { cpuMs: number; peakBytes: number }) =>
      o.cpuMs < 400 + 100 && o.peakBytes < (128 + 40) * mebibyte
    for (const [name, wasCause] of [
      ['loops', (o: { cpuMs: number }) => o.cpuMs > 400],
      ['allocates', (o: { peakBytes: number }) => o.peakBytes > 128 * mebibyte],
    ] as const) {
      await until(async () => {
        await (await attack(name)).arrayBuffer()
        return found().some((o) => wasCause(o) && isWithin(o))
      }, long)
    }
  },
  long,
)

test('a process that leaves says why to its function', async () => {
  expect(await (await functions.call('leaving')).text()).toBe('one')
  await functions.write({ 'leaving/index.ts': `Deno.serve(() => new Response('two'))` })
  expect(await (await functions.call('leaving')).text()).toBe('two')
  await until(() => functions.logs().includes('leaving info unload early_drop'))
})

describe('requests', () => {
  const body = (size: number) => new Uint8Array(size)
  const streamed = (size: number) => new Blob([body(size)]).stream()

  test.each([
    ['of a known length', body],
    ['streamed', streamed],
  ])('%s are taken up to their limit', async (_, make) => {
    const small = await functions.call('upload', { method: 'POST', body: make(mebibyte) })
    expect(await small.json()).toEqual({ size: mebibyte })
    const large = await functions.call('upload', { method: 'POST', body: make(mebibyte + 1) }).catch(() => undefined)
    // Whoever still sends may find the connection closed before it reads the answer.
    if (large) expect([large.status, large.headers.get('sb-error-code')]).toEqual([413, 'PAYLOAD_TOO_LARGE'])
    expect((await functions.call('upload', { method: 'POST', body: 'x' })).status).toBe(200)
  })

  test('wait for a worker that has room, and not for long', async () => {
    // Two at a time: those there is room for at once are served, and of so many most would wait for long.
    const answers = await Promise.all(Array.from({ length: 40 }, () => functions.call('slow')))
    const refused = answers.filter(({ status }) => status === 503)
    expect(answers.filter(({ status }) => status === 200).length).toBe(40 - refused.length)
    expect(refused.length).toBeGreaterThanOrEqual(2)
    expect(refused.length).toBeLessThanOrEqual(38)
    for (const response of refused) {
      expect(response.headers.get('retry-after')).toBe('1')
      expect(await response.json()).toMatchObject({ code: 'WORKER_BUSY' })
    }
    expect(await (await functions.call('slow', { method: 'PUT' })).json()).toMatchObject({ most: 2 })
  })
})

describe('a function that is asked for more than one process can do', () => {
  const held = `
    Deno.serve(async () => {
      await fetch(Deno.env.get('SUPABASE_URL') + '/functions/v1/gate')
      return Response.json(Deno.pid)
    })`
  const gate = `
    let open
    const opened = new Promise((resolve) => { open = resolve })
    let waiting = 0
    Deno.serve(async (request) => {
      if (request.method === 'PUT') return Response.json(waiting)
      if (request.method === 'POST') open()
      else { waiting += 1; await opened }
      return new Response()
    })`
  const service = (queueTimeout: number) =>
    serveFunctions(
      { 'held/index.ts': held, 'gate/index.ts': gate },
      {
        config: {
          functions: {
            held: { enabled: true, verifyJwt: true, workerConcurrency: 2, maxWorkers: 3, queueTimeout },
            // One process, however slowly it answers: it is where they all meet.
            gate: { enabled: true, verifyJwt: false, workerConcurrency: 100, maxWorkers: 1 },
          },
        },
      },
    )
  const call = async (functions: TestFunctions) => {
    const response = await functions.call('held')
    return { status: response.status, retryAfter: response.headers.get('retry-after'), body: await response.json() }
  }

  test('grows to as many as it may have, and turns away who waited too long', async () => {
    await using functions = await service(0.5)
    let refused = 0
    const calls = Array.from({ length: 12 }, () =>
      call(functions).then((answer) => {
        if (answer.status === 503) refused += 1
        return answer
      }),
    )
    await until(() => refused === 6, long)
    await until(async () => (await (await functions.call('gate', { method: 'PUT' })).json()) === 6, long)
    const listed = await functions.service.operate(new Request('http://localhost/functions'))
    expect(await listed.json()).toContainEqual(expect.objectContaining({ name: 'held', workers: 3 }))
    await functions.call('gate', { method: 'POST' })
    const answers = await Promise.all(calls)
    const served = answers.filter(({ status }) => status === 200).map(({ body }) => body)
    expect(served).toHaveLength(6)
    expect([...new Set(served)].map((pid) => served.filter((other) => other === pid).length)).toEqual([2, 2, 2])
    for (const { status, retryAfter, body } of answers.filter(({ status }) => status !== 200)) {
      expect([status, retryAfter, body.code]).toEqual([503, '1', 'WORKER_BUSY'])
    }
  })

  test('grows when its process has all the work it can do, however few its requests are', {
    timeout: long,
  }, async () => {
    const spin = `import process from 'node:process'
      Deno.serve(() => {
        const { user } = process.cpuUsage()
        // No more than each call may: who owed for more would have to give way to all else that goes on here.
        while (process.cpuUsage().user - user < 8_000);
        return Response.json(Deno.pid)
      })`
    await using functions = await serveFunctions({ 'spin/index.ts': spin }, { limits: { workers: 2 } })
    const pids = new Set<number>()
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (const end = Date.now() + long; pids.size < 2 && Date.now() < end; ) {
          pids.add((await (await functions.call('spin')).json()) as number)
        }
      }),
    )
    expect(pids.size).toBe(2)
  })

  test('serves who waits as soon as there is room', async () => {
    await using functions = await service(60)
    const calls = Array.from({ length: 9 }, () => call(functions))
    await until(async () => (await (await functions.call('gate', { method: 'PUT' })).json()) === 6, long)
    await functions.call('gate', { method: 'POST' })
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual(Array(9).fill(200))
  })
})

test('oneshot: so many processes and no more, each for one request', async () => {
  await using service = await serveFunctions(
    { 'slow/index.ts': files['slow/index.ts'] },
    { config: { edgeRuntime: { policy: 'oneshot' } }, limits: { workers: 1, queueMs: 30 } },
  )
  const answers = await Promise.all(Array.from({ length: 3 }, () => service.call('slow')))
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 503, 503])
})

test('oneshot: processes that go on in the background are bounded, too', async () => {
  await using service = await serveFunctions(
    {
      'lasting/index.ts': `Deno.serve(() => {
        EdgeRuntime.waitUntil(new Promise((resolve) => setTimeout(resolve, 60_000)))
        return Response.json(Deno.pid)
      })`,
    },
    { config: { edgeRuntime: { policy: 'oneshot' } }, limits: { workers: 1, queueMs: 1000 } },
  )
  const pids = new Set<number>()
  for (let i = 0; i < 2; i++) pids.add((await (await service.call('lasting')).json()) as number)
  expect([...pids].filter(alive).length).toBe(2)
  const third = await service.call('lasting')
  expect([third.status, third.headers.get('retry-after')]).toEqual([503, '1'])
})

describe('per_request', () => {
  test('a process serves one request at a time, and then the next', async () => {
    await using service = await serveFunctions(
      { 'slow/index.ts': files['slow/index.ts'] },
      {
        config: { edgeRuntime: { policy: 'per_request' } },
        limits: { workers: 2 },
      },
    )
    const answers = await Promise.all(Array.from({ length: 4 }, () => service.call('slow')))
    const pids = await Promise.all(answers.map(async (answer) => ((await answer.json()) as { pid: number }).pid))
    expect(new Set(pids).size).toBe(2)
    expect(await (await service.call('slow', { method: 'PUT' })).json()).toMatchObject({ most: 1 })
  })
})

describe('static files', () => {
  test.each([
    ['./page.html', '<h1>page</h1>'],
    ['../_shared/footer.html', '<footer>'],
  ])('%s is beside the function', async (file, text) => {
    expect(await (await functions.call(`page?file=${encodeURIComponent(file)}`)).text()).toBe(text)
  })

  test.each(['./secret.txt', '/etc/passwd', '../../../neighbour'])('%s is not', async (file) => {
    expect((await functions.call(`page?file=${encodeURIComponent(file)}`)).status).toBe(500)
  })

  test('an edit, and a new one, are in the next response', async () => {
    await functions.write({ 'page/page.html': 'edited', 'page/new.html': 'new' })
    expect(await (await functions.call('page')).text()).toBe('edited')
    expect(await (await functions.call('page?file=./new.html')).text()).toBe('new')
  })
})

test('where others can reach the backend, functions reach no private network but the backend itself', async () => {
  const evaluate = `
    Deno.serve(async (request) => {
      const hosts = await request.json()
      return Response.json(await Promise.all(hosts.map(async ([hostname, port]) => {
        try {
          if (hostname === 'ffi') {
            await Deno.permissions.request({ name: 'ffi' })
            return Deno.dlopen('libc.so.6', {})
          }
          (await Deno.connect({ hostname, port })).close(); 
          return 'connected'
        } catch (error) { return error.code ?? error.name }
      })))
    })`
  // Addresses of this machine alone; a refusal comes before anything is sent.
  const closed = ['127.0.0.1', '127.255.0.1', '0.0.0.0', '::ffff:127.0.0.1', 'localhost', '::1']
  await using guarded = await serveFunctions(
    { 'guarded/index.ts': evaluate, 'exempt/index.ts': evaluate, 'exempt6/index.ts': evaluate },
    {
      guard: { open: ['127.83.66.1'] },
      config: {
        functions: {
          exempt: { enabled: true, verifyJwt: true, allowedHosts: ['127.0.0.1'] },
          exempt6: { enabled: true, verifyJwt: true, allowedHosts: ['::1'] },
        },
      },
    },
  )
  const port = Number(new URL(guarded.origin).port)
  const reach = async (name: string, hosts: readonly string[]) => {
    const body = JSON.stringify(hosts.map((host) => [host, port]))
    return await (await guarded.call(name, { method: 'POST', body })).json()
  }
  expect(await reach('guarded', closed)).toEqual(closed.map(() => 'NotCapable'))
  expect(await reach('guarded', ['127.83.66.1'])).not.toEqual(['NotCapable'])
  expect(await reach('exempt', ['127.0.0.1', '127.0.0.2'])).toEqual(['connected', 'NotCapable'])

  // An address that is open, by way of IPv6: there is no other one that a test may dial.
  const byWayOf6 = '::ffff:127.83.66.1'
  expect(await reach('guarded', [byWayOf6, 'ffi'])).toEqual(['EAFNOSUPPORT', 'NotCapable'])
  expect(await reach('exempt', [byWayOf6, 'ffi'])).toEqual(['EAFNOSUPPORT', 'NotCapable'])
  expect(await reach('exempt6', [byWayOf6, '::1', 'ffi'])).toEqual(['ECONNREFUSED', 'ECONNREFUSED', 'NotCapable'])
})

test('where IPv6 cannot be closed, functions run and the log says so once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'deno-'))
  const deno = join(folder, 'deno')
  // As where the kernel takes no filter: the permission that setting it takes is not given.
  const refusing = `#!/bin/bash\nexec ${locateDeno()} "\${@/--allow-ffi/--quiet}"\n`
  await writeFile(deno, refusing, { mode: 0o755 })
  await using exposed = await serveFunctions(
    {
      'one/index.ts': `Deno.serve(() => new Response('one'))`,
      'two/index.ts': `Deno.serve(() => new Response('two'))`,
    },
    { guard: { open: ['127.83.66.1'] }, deno },
  )
  expect([await (await exposed.call('one')).text(), await (await exposed.call('two')).text()]).toEqual(['one', 'two'])
  const told = exposed.observations.filter((o) => o.kind === 'message' && o.text.includes('private networks of IPv6'))
  expect(told.length).toBe(1)
  await rm(folder, { recursive: true })
})
