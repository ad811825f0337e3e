import { existsSync, globSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { serveFunctions, type TestFunctions, until } from './test-functions.ts'

const outside = '/tmp/portico-test-outside'
const files = {
  'deno/index.ts': `
    const exists = (path: string | URL) => Deno.stat(path).then(() => true, () => false)
    Deno.serve(async () => {
      const steps: Record<string, unknown> = {}
      await Deno.writeTextFile('/tmp/a.txt', 'one')
      await Deno.mkdir('/tmp/deep/er', { recursive: true })
      await Deno.rename('/tmp/a.txt', '/tmp/deep/b.txt')
      await Deno.copyFile(new URL('file:///tmp/deep/b.txt'), '/tmp/c d.txt')
      steps.read = await Deno.readTextFile('/tmp/no/such/../../deep/b.txt')
      steps.url = await exists(new URL('file:///tmp/c%20d.txt'))
      steps.real = await Deno.realPath('/tmp/deep/b.txt')
      steps.again = await Deno.readTextFile(await Deno.realPath('/tmp/deep/b.txt'))
      steps.names = [...Deno.readDirSync('/tmp')].map(({ name }) => name).sort()
      const made = await Deno.makeTempFile({ prefix: 'made-' })
      const folder = Deno.makeTempDirSync()
      steps.made = [made, folder].map((path) => path.startsWith('/tmp/'))
      using file = await Deno.open(made, { write: true, read: true })
      steps.written = await file.write(new Uint8Array(8))
      await Deno.remove('/tmp/deep', { recursive: true })
      steps.left = await exists('/tmp/deep')
      return Response.json(steps)
    })`,
  'node/index.ts': `
    import { existsSync, createWriteStream, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
    import { readFile, rename } from 'node:fs/promises'
    import * as all from 'node:fs'
    import os from 'node:os'
    import { cpus, hostname, homedir, tmpdir } from 'node:os'
    import { createRequire } from 'node:module'
    const required = createRequire(import.meta.url)('fs')
    Deno.serve(async () => {
      writeFileSync('/tmp/a', 'one')
      const { promise, resolve } = Promise.withResolvers<void>()
      createWriteStream(tmpdir() + '/b').end('two', resolve)
      await promise
      await rename('/tmp/b', '/tmp/c')
      return Response.json({
        read: [readFileSync('/tmp/a', 'utf8'), await readFile('/tmp/c', 'utf8'), all.readFileSync('/tmp/a', 'utf8')],
        required: required.readFileSync('/tmp/c', 'utf8'),
        promised: await all.promises.readFile('/tmp/a', 'utf8'),
        there: existsSync('/tmp/a'),
        made: mkdtempSync('/tmp/made-').startsWith('/tmp/made-'),
        machine: [os.hostname(), hostname(), cpus().length, homedir(), os.release(), process.getuid?.()],
      })
    })`,
  'reaches/index.ts': `
    Deno.serve(async (request) => {
      const path = new URL(request.url).searchParams.get('path')!
      const tries = {
        read: () => Deno.readTextFile(path),
        write: () => Deno.writeTextFile(path, 'x'),
        list: async () => (await Array.fromAsync(Deno.readDir(path))).length,
        link: () => Deno.symlink(path, '/tmp/link'),
        hard: () => Deno.link(path, '/tmp/link'),
      }
      const outcomes = Object.entries(tries).map(async ([name, attempt]) => [name, await attempt().then(String, (error) => error.name)])
      return Response.json(Object.fromEntries(await Promise.all(outcomes)))
    })`,
  'keeps/index.ts': `
    let calls = 0
    Deno.serve(async () => {
      await Deno.writeTextFile('/tmp/calls', 'x', { append: true })
      return Response.json({ calls: ++calls, length: (await Deno.stat('/tmp/calls')).size })
    })`,
  'fills/index.ts': `
    const part = new Uint8Array(1024 * 1024)
    Deno.serve(async () => {
      using file = await Deno.create('/tmp/large')
      for (;;) await file.write(part)
    })`,
  'hides/index.ts': `
    const part = new Uint8Array(1024 * 1024)
    Deno.serve(async () => {
      using file = await Deno.create('/tmp/large')
      await Deno.remove('/tmp/large')
      for (let written = 0; written < 2000; written++) await file.write(part)
      return new Response('as much as it likes')
    })`,
  'buries/index.ts': `
    const name = 'd'.repeat(200)
    const part = new Uint8Array(1024 * 1024)
    Deno.serve(async () => {
      // Each half has a path that can be written, the whole has none.
      for (const half of ['/tmp/one', '/tmp/two']) await Deno.mkdir([half, ...Array(16).fill(name)].join('/'), { recursive: true })
      const deepest = ['/tmp/two', ...Array(16).fill(name)].join('/')
      using file = await Deno.create(deepest + '/large')
      await Deno.rename('/tmp/two', ['/tmp/one', ...Array(16).fill(name), 'two'].join('/'))
      for (let written = 0; written < 2000; written++) await file.write(part)
      return new Response('as much as it likes')
    })`,
}

let functions: TestFunctions
const temporary = mkdtempSync(join(tmpdir(), 'temporary-'))
beforeAll(async () => {
  vi.stubEnv('TMPDIR', temporary)
  functions = await serveFunctions(files, { limits: { temporaryBytes: 20 * 1024 * 1024 } })
})
afterAll(async () => {
  await functions[Symbol.asyncDispose]()
  vi.unstubAllEnvs()
  rmSync(temporary, { recursive: true, force: true })
})

test('Deno finds the files of the process in /tmp', async () => {
  expect(await (await functions.call('deno')).json()).toEqual({
    ...{ read: 'one', url: true, real: '/tmp/deep/b.txt', again: 'one', names: ['c d.txt', 'deep'] },
    ...{ made: [true, true], written: 8, left: false },
  })
})

test('so do modules of Node, however they are imported, and they tell nothing of the machine', async () => {
  expect(await (await functions.call('node')).json()).toEqual({
    ...{ read: ['one', 'two', 'one'], required: 'two', promised: 'one', there: true, made: true },
    machine: ['localhost', 'localhost', 1, '/tmp', '0.0.0-00000000-generic', 1000],
  })
})

test.each([outside, '/tmp/../etc/passwd', '/tmp/../../../../etc/passwd', '/etc/passwd', '/tmp/../1/tmp'])(
  '%s of the machine stays out of reach',
  async (path) => {
    const found = await (await functions.call(`reaches?path=${encodeURIComponent(path)}`)).json()
    if (path === outside) expect(existsSync(outside)).toBe(false)
    else
      expect(found).toMatchObject({ read: 'NotCapable', write: 'NotCapable', list: 'NotCapable', hard: 'NotCapable' })
    expect(found.link).toBe('NotCapable')
  },
)

test('files last as long as their process, and are its own', async () => {
  expect(await (await functions.call('keeps')).json()).toEqual({ calls: 1, length: 1 })
  expect(await (await functions.call('keeps')).json()).toEqual({ calls: 2, length: 2 })
  await functions.write({ 'keeps/index.ts': `${files['keeps/index.ts']} // edited` })
  expect(await (await functions.call('keeps')).json()).toEqual({ calls: 1, length: 1 })
})

test.each(['fills', 'hides', 'buries'])('one that %s what fills the disk is ended', async (name) => {
  const response = await functions.call(name)
  expect([response.status, (await response.json()).code]).toEqual([546, 'WORKER_LIMIT'])
  const told = `${name} error The worker used more than its 20 MB of temporary files and was stopped`
  await until(() => functions.logs().includes(told))
  await until(() => leftBehind().length === 0)
})

/** What processes that have ended wrote. */
function leftBehind(): string[] {
  const folders = readdirSync(temporary).filter((name) => name.startsWith('portico-'))
  return folders.flatMap((folder) => globSync('*/tmp/{large,one}', { cwd: join(temporary, folder) }))
}
