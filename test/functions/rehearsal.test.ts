import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Client } from 'undici'
import { expect, test } from 'vitest'
import { unguarded } from '../../src/functions/network.ts'
import { launchDeno } from '../../src/functions/worker/deno-process.ts'
import { locateDeno } from '../../src/functions/worker/index.ts'

/** All that a function finds around it, and what it may do. */
const surroundings = `
  const kindOf = (object, key) => { try { return typeof object[key] } catch (error) { return error.name } }
  const kinds = (object) => Reflect.ownKeys(object).map((key) => String(key) + ' ' + kindOf(object, key))
  const allowed = ['read', 'write', 'net', 'env', 'run', 'sys', 'ffi', 'import'].map(
    (name) => name + ' ' + Deno.permissions.querySync({ name }).state)
  const found = { global: kinds(globalThis), deno: kinds(Deno), env: Deno.env.toObject(), args: Deno.args.length, allowed }
  Deno.serve(() => Response.json(found))`

test('a process that has rehearsed looks to its function like one that has not', async () => {
  const root = await mkdtemp(join(tmpdir(), 'rehearsal-'))
  const folder = join(root, 'bundles', 'probe')
  await mkdir(folder, { recursive: true })
  await mkdir(join(root, 's'))
  await writeFile(join(folder, 'index.js'), surroundings)

  async function surroundingsOf(rehearses: boolean): Promise<{ env: unknown; allowed: string[] }> {
    const process = await launchDeno({
      ...{
        deno: locateDeno() ?? '',
        cache: join(root, 'deno'),
        bundles: join(root, 'bundles'),
        sockets: join(root, 's'),
      },
      ...{ reads: new Set(['probe']), network: unguarded, memoryBytes: 256 * 1024 * 1024, givesWay: false },
      exposed() {},
      guard: { add() {}, remove() {}, close() {} },
    })
    const ready = Promise.withResolvers<void>()
    process.listen({
      record: (record) => (record.type === 'ready' ? ready.resolve() : ready.reject(new Error(JSON.stringify(record)))),
      text: (text) => ready.reject(new Error(text)),
    })
    if (rehearses) await process.rehearse()
    process.assign({
      ...{ entry: pathToFileURL(join(folder, 'index.js')).href, folder: 'probe', env: { ONLY: 'this' } },
      adapted: [],
    })
    await ready.promise
    const client = new Client('http://localhost', { socketPath: process.socket })
    const { body } = await client.request({ path: '/', method: 'GET' })
    const found = (await body.json()) as { env: unknown; allowed: string[] }
    await client.destroy()
    await process.stop()
    return found
  }
  try {
    const [rehearsed, not] = [await surroundingsOf(true), await surroundingsOf(false)]
    expect(rehearsed).toEqual(not)
    expect(rehearsed.env).toEqual({ ONLY: 'this' })
    expect(rehearsed.allowed).toContain('run prompt')
  } finally {
    await rm(root, { recursive: true, force: true })
  }
})
