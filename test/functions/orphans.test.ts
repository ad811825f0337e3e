import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { alive, until } from './test-functions.ts'

// A Portico in miniature, in a process of its own: prints the pids of its functions once they run.
const host = `
import { createFunctions } from '#functions'
const root = process.argv.at(-1)
const service = createFunctions({
  config: {
    mode: 'development',
    dataFolder: root + '/.portico',
    project: { root, supabase: root + '/supabase', schema: '', functions: root + '/supabase/functions' },
    http: { host: '127.0.0.1', externalUrl: 'http://127.0.0.1:1' },
    keys: { anonKey: '', serviceRoleKey: '', publishableKey: '', secretKey: '' },
    functions: { calm: { enabled: true, verifyJwt: false }, stuck: { enabled: true, verifyJwt: false } },
    edgeRuntime: { enabled: true, policy: 'per_worker', secrets: {} },
  },
  verify: async () => ({ role: 'anon' }),
  observe: (o) => { if (o.kind === 'function-log') console.log(o.message) },
  urls: { api: () => 'http://127.0.0.1:1', database: () => '' },
})
await service.fetch(new Request('http://localhost/calm'))
service.fetch(new Request('http://localhost/stuck'))
setInterval(() => {}, 1000)
`

test.each(['SIGKILL', 'SIGTERM'] as const)('no process outlives a Portico that ends by %s', async (signal) => {
  const root = await mkdtemp(join(tmpdir(), 'orphans-'))
  for (const [name, source] of Object.entries({
    calm: `console.log('pid', Deno.pid); Deno.serve(() => new Response())`,
    stuck: `Deno.serve(() => { console.log('pid', Deno.pid); for (;;); })`,
  })) {
    await mkdir(join(root, 'supabase', 'functions', name), { recursive: true })
    await writeFile(join(root, 'supabase', 'functions', name, 'index.ts'), source)
  }
  const portico = spawn(process.execPath, ['--input-type=module', '-e', host, root], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const pids: number[] = []
    for await (const line of createInterface(portico.stdout)) {
      const pid = /^pid (\d+)$/.exec(line)?.[1]
      if (pid !== undefined) pids.push(Number(pid))
      if (pids.length === 2) break
    }
    expect(pids.map(alive)).toEqual([true, true])

    portico.kill(signal)
    await once(portico, 'exit')
    await until(() => !pids.some(alive))
  } finally {
    portico.kill('SIGKILL')
    await rm(root, { recursive: true, force: true })
  }
})
