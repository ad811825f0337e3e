import { afterAll, beforeAll, expect, test } from 'vitest'
import { serveFunctions, type TestFunctions, until } from './test-functions.ts'

const warned = `addEventListener('beforeunload', ({ detail }) => console.log('unload', detail.reason))`
const files = {
  'sleeps/index.ts': `${warned}; Deno.serve(() => new Promise(() => {}))`,
  'hoards/index.ts': `${warned}
    const kept: Uint8Array[] = []
    Deno.serve(async () => {
      for (;;) {
        kept.push(new Uint8Array(1e6).fill(1))
        await new Promise((resolve) => setTimeout(resolve, 15))
      }
    })`,
  'loads-slowly/index.ts': `
    import process from 'node:process'
    while (process.cpuUsage().user < 400_000);
    let calls = 0
    Deno.serve(() => Response.json({ calls: ++calls }))`,
}

let functions: TestFunctions
beforeAll(async () => {
  const own = { enabled: true, verifyJwt: true }
  functions = await serveFunctions(files, {
    config: {
      edgeRuntime: { cpuSoftLimit: 0.1, cpuHardLimit: 60, memoryLimit: 96 * 1024 * 1024 },
      functions: { sleeps: { ...own, wallClockLimit: 0.5 }, hoards: { ...own, cpuSoftLimit: 60 } },
    },
  })
})
afterAll(() => functions[Symbol.asyncDispose]())

test.each([
  ['sleeps', 'wall_clock'],
  ['hoards', 'memory'],
])(
  '%s is told before it is ended for its %s, and its client that it took too much',
  async (name, reason) => {
    const response = await functions.call(name)
    expect([response.status, (await response.json()).code]).toEqual([546, 'WORKER_LIMIT'])
    await until(() => functions.logs().includes(`${name} info unload ${reason}`))
  },
  60_000,
)

test('one that takes more to load than its process may before it leaves answers whoever it was loaded for', async () => {
  for (let n = 0; n < 2; n++) expect(await (await functions.call('loads-slowly')).json()).toEqual({ calls: 1 })
})
