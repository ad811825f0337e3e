import { execFile } from 'node:child_process'
import { getPriority } from 'node:os'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { plainUser } from '../support/plain-user.ts'
import { type HeavyCall, makeHeavyCall, priorityOf } from './heavy-call.ts'
import { serveFunctions, until } from './test-functions.ts'

test('a function gives way while it uses much, not for what loading it took, and no longer than that', async () => {
  expect(await makeHeavyCall()).toEqual({ before: 0, after: 0, status: 200, isSame: process.getuid?.() === 0 })
})

test('of a user who may not raise a priority again, another process takes its turn', async () => {
  const script = fileURLToPath(new URL('./heavy-call.ts', import.meta.url))
  const [file = '', ...words] = [...plainUser, process.execPath, script]
  const { stdout } = await promisify(execFile)(file, words)
  const seen: HeavyCall = JSON.parse(stdout)
  expect(seen).toEqual({ before: 0, after: 0, status: 200, isSame: false })
})

test.each([
  // Four at a time: they owe for seconds, within which the next one comes up on a busy machine, too.
  ['whose processes end by themselves', 'Deno.exit(0)', 4, { workerConcurrency: 1, maxWorkers: 4 }],
  ['that fails with every call', 'return new Response(null, { status: 500 })', 100, {}],
])('a function %s gives way, and takes its turn again', async (_, code, times, settings) => {
  const source = `
    Deno.serve((request) => {
      if (request.method === 'PUT') { ${code} }
      return new Response(String(Deno.pid))
    })`
  await using functions = await serveFunctions(
    { 'fails/index.ts': source },
    { config: { functions: { fails: { enabled: true, verifyJwt: true, ...settings } } } },
  )
  const priority = async () => priorityOf(Number(await (await functions.call('fails')).text())) - getPriority()
  expect(await priority()).toBe(0)
  await until(async () => {
    const calls = Array.from({ length: times }, () => functions.call('fails', { method: 'PUT' }))
    for (const response of await Promise.all(calls)) expect(response.status).toBe(500)
    return (await priority()) > 0
  })
  await until(async () => (await priority()) === 0)
})
