import { execFile, spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { folderOf } from './portico.ts'

const repository = join(import.meta.dirname, '../..')
const work = folderOf()
afterAll(() => work.remove())

/** As in a shell of one's own: the machine's Node.js and npm, nothing of this repository's. */
const env = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) =>
        !/^(npm_(?!config_(registry|cache|userconfig|globalconfig|cafile|https?_proxy|noproxy)$)|INIT_CWD|NODE_|VITEST|SUPABASE_)/i.test(
          name,
        ),
    ),
  ),
  PATH: (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !folder.includes('node_modules'))
    .join(delimiter),
}

async function shell(command: string, args: readonly string[], timeout = 0): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, { cwd: work.path, env, maxBuffer: 2 ** 26, timeout })
  return stdout
}

/** npm was seen to wait for ever, without a connection open; asked again it takes some seconds. */
async function install(packed: string): Promise<void> {
  const flags = [
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    '--fetch-retry-mintimeout=1000',
    '--fetch-timeout=60000',
  ]
  for (let attempt = 1; ; attempt++) {
    try {
      await shell('npm', ['install', ...flags, packed], 120_000)
      return
    } catch (error) {
      if (attempt === 3 || !(error as { killed?: boolean }).killed) throw error
    }
  }
}

test('npm pack, install in an empty folder, portico init, start: the field of the schema answers', {
  timeout: 600_000,
}, async () => {
  await shell('npm', ['pack', repository, '--pack-destination', work.path, '--silent'])
  const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as { version: string }
  await shell('npm', ['init', '-y'])
  await install(`./portico-${version}.tgz`)

  await shell('npx', ['portico', 'init', 'app'])
  const start = ['portico', 'start', '--project', 'app', '--ephemeral', '--port', '0', '--db-port', '0', '--json']
  const child = spawn('npx', start, { cwd: work.path, env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => child.once('close', resolve))
  const lines = createInterface({ input: child.stdout })
  let ready: Record<string, string> | undefined
  for await (const text of lines) {
    const line = JSON.parse(text) as Record<string, string>
    if (line.kind === 'ready') ready = line
    if (line.kind === 'ready') break
  }
  child.stdout.resume()
  const response = await fetch(ready?.GRAPHQL_URL ?? '', {
    method: 'POST',
    headers: { 'content-type': 'application/json', apikey: ready?.ANON_KEY ?? '' },
    body: JSON.stringify({ query: '{ hello notesCollection { edges { node { body } } } }' }),
  })
  const { data } = (await response.json()) as { data: unknown }
  expect(data).toMatchObject({ hello: 'world', notesCollection: { edges: [{ node: {} }] } })
  const hello = await fetch(`${ready?.FUNCTIONS_URL}/hello`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ready?.ANON_KEY}` },
    body: '{}',
  })
  expect(await hello.json()).toEqual({ message: 'Hello, world!' })

  // pgTAP comes in the package itself: what npm has it in would bring PGlite along.
  await shell('npx', ['portico', 'test', 'new', 'hello', '--project', 'app'])
  const tested = await shell('npx', ['portico', 'test', 'db', '--project', 'app', '--data', ready?.data ?? ''])
  expect(tested).toMatch(/^app\/supabase\/tests\/hello_test\.sql \.\. ok\n.*Result: PASS\n$/s)
  expect(await shell('npx', ['portico', 'db', 'diff', '--project', 'app', '--data', ready?.data ?? ''])).toBe('')
  expect(existsSync(join(work.path, 'node_modules/@electric-sql'))).toBe(false)

  await shell('npx', ['portico', 'stop', '--data', ready?.data ?? ''])
  await ended
})

test('the example of docs/library.md runs', async () => {
  const [, example = ''] =
    /^```ts\n([\s\S]*?)^```$/m.exec(readFileSync(join(repository, 'docs/library.md'), 'utf8')) ?? []
  writeFileSync(join(work.path, 'example.mts'), example)
  expect(await shell(process.execPath, ['example.mts'])).toBe("{ data: { __typename: 'Query' } }\n")
})

test('what the package exports has types', async () => {
  writeFileSync(
    join(work.path, 'uses.mts'),
    `import { createApp, loadConfig, type App } from 'portico'
     export const start = async (): Promise<App> => createApp(await loadConfig({ project: '.', env: {} }))
     // @ts-expect-error: the environment is always said
     void loadConfig({ project: '.' })`,
  )
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
  const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--skipLibCheck']
  const types = ['--typeRoots', join(repository, 'node_modules/@types'), '--types', 'node']
  await shell(process.execPath, [tsc, ...flags, ...types, 'uses.mts', 'example.mts', 'app/schema/hello.ts'])
})
