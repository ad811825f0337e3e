import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { denoBundle } from '../../src/functions/bundle/deno-bundle.ts'

afterAll(() => vi.unstubAllEnvs())

test('bundling finds of the environment what it needs, and no key of the server', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bundling-'))
  const deno = join(folder, 'deno')
  await writeFile(deno, '#!/bin/sh\nenv >&2\nexit 1\n', { mode: 0o755 })
  await writeFile(join(folder, '.npmrc'), `//npm.example/:_authToken=\${MY_TOKEN}\n_auth=\${PORTICO_OPERATOR_KEY}\n`)
  const given = {
    ...{ MY_TOKEN: 'a', HTTPS_PROXY: 'b', no_proxy: 'c', NODE_EXTRA_CA_CERTS: 'd', npm_config_registry: 'e' },
    ...{ PORTICO_OPERATOR_KEY: 'secret', SUPABASE_SECRET_KEY: 'secret', DATABASE_URL: 'secret', MY_API_KEY: 'secret' },
  }
  for (const [name, value] of Object.entries(given)) vi.stubEnv(name, value)
  const job = { config: join(folder, 'deno.json'), entrypoint: 'index.ts', output: 'out.js' }
  const printed = await denoBundle({ deno, cache: folder }, job)
  const lines = printed?.split('\n') ?? []
  expect(lines).toEqual(
    expect.arrayContaining([
      ...['MY_TOKEN=a', 'HTTPS_PROXY=b', 'no_proxy=c', 'NODE_EXTRA_CA_CERTS=d', 'npm_config_registry=e'],
      ...[`PATH=${process.env.PATH}`, `DENO_DIR=${folder}`],
    ]),
  )
  expect(printed).not.toContain('secret')
  await rm(folder, { recursive: true })
})
