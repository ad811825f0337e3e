import { readFileSync, statSync } from 'node:fs'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startRegistry } from './registry.ts'
import { serveFunctions, type TestFunctions } from './test-functions.ts'

// Every import here must be found without any network but the registry that a project's own .npmrc names.
const nowhere = 'http://127.0.0.1:9'
beforeAll(() => {
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy']) vi.stubEnv(name, nowhere)
  for (const name of ['NO_PROXY', 'no_proxy']) vi.stubEnv(name, '127.0.0.1')
})
afterAll(() => vi.unstubAllEnvs())

const installed = dirname(dirname(fileURLToPath(import.meta.resolve('@supabase/supabase-js'))))

const { version: joseVersion } = JSON.parse(readFileSync(join(installed, '..', '..', 'jose', 'package.json'), 'utf8'))

const usesClient = (specifier: string) => `
  import { createClient } from '${specifier}'
  Deno.serve(() => Response.json(typeof createClient('http://localhost', 'key').from))`

const files = {
  'npm/index.ts': usesClient('npm:@supabase/supabase-js@2'),
  'npm-bare-range/index.ts': usesClient('npm:@supabase/supabase-js'),
  'jsr/index.ts': usesClient('jsr:@supabase/supabase-js@2'),
  'esm-sh/index.ts': usesClient('https://esm.sh/@supabase/supabase-js@2?target=deno&no-check'),
  'template/index.ts': `
    // import this by "https://example.com/only-a-comment.ts"
    import "jsr:@supabase/functions-js/edge-runtime.d.ts"
    import type { Database } from "jsr:@nobody/never-fetched@1"
    import "https://esm.sh/@supabase/functions-js@2.4.1/src/edge-runtime.d.ts"
    Deno.serve(() => Response.json('function'))`,
  // What `supabase functions new` makes.
  'mapped-template/deno.json': '{ "imports": { "@supabase/functions-js": "jsr:@supabase/functions-js@^2" } }',
  'mapped-template/index.ts': `
    import "@supabase/functions-js/edge-runtime.d.ts"
    Deno.serve(() => Response.json('function'))`,
  'jose/index.ts': `
    import { SignJWT } from 'jsr:@panva/jose@6'
    import * as jose from 'https://deno.land/x/jose@v${joseVersion}/index.ts'
    Deno.serve(() => Response.json(jose.SignJWT === SignJWT ? typeof SignJWT : 'two'))`,
  'beside/index.ts': `
    import { read } from '../_shared/texts/read.ts'
    import { where } from './deeper/where.ts'
    const here = [import.meta.dirname!, import.meta.filename!, new URL('.', import.meta.url).pathname]
    Deno.serve(async () => {
      const found = [where.dirname.slice(here[0].length), where.filename.slice(here[0].length), where.url.endsWith(where.filename)]
      const expected = ['/deeper', '/deeper/where.ts', true]
      const same = JSON.stringify(found) === JSON.stringify(expected) && here[2] === here[0] + '/' && !where.main
      return Response.json(same ? await read() : found)
    })`,
  'beside/deeper/where.ts': `
    const { dirname, filename, url, main } = import.meta
    export const where = { dirname: dirname!, filename: filename!, url, main, near: import.meta.resolve('./near.txt') }`,
  '_shared/texts/read.ts': `
    export const read = () => Deno.readTextFile(new URL('./what it is.txt', import.meta.url))`,
  '_shared/texts/what it is.txt': 'function',
  'package-files/index.ts': `
    import * as jose from 'npm:jose'
    const main = import.meta.resolve('npm:jose')
    const { name } = JSON.parse(await Deno.readTextFile(new URL('../../package.json', main)))
    const text = await (await fetch(main)).text()
    Deno.serve(() => Response.json(name === 'jose' && text.includes('SignJWT') ? typeof jose.SignJWT : main))`,
  'std/index.ts': `
    import { serve } from 'https://deno.land/std@0.177.1/http/server.ts'
    serve(async () => Response.json('function'))`,
  'deno-json/index.ts': `
    import { createClient } from 'client'
    import { greeting } from '@shared/greeting.ts'
    import { greeting as again } from 'texts/greeting.ts'
    Deno.serve(() => Response.json(greeting === again ? typeof createClient : greeting))`,
  'deno-json/deno.jsonc': `{
    // Comments and a trailing comma are fine: "https://example.com"
    "imports": { "client": "jsr:@supabase/supabase-js@2", "@shared/": "../_shared/", "texts/": "./../_shared/", },
  }`,
  '_shared/greeting.ts': `export const greeting: string = 'hello'`,
  'import-map-field/index.ts': usesClient('client'),
  'import-map-field/deno.json': '{ "importMap": "./map.json" }',
  'import-map-field/map.json': '{ "imports": { "client": "npm:@supabase/supabase-js@2" } }',
  'configured-map/index.ts': usesClient('client'),
  'configured-map/deno.json': '{ "imports": { "client": "./nowhere.ts" } }',
  'maps/client.json': '{ "imports": { "client": "https://esm.sh/@supabase/supabase-js@2" } }',
  'package-json/index.ts': usesClient('@supabase/supabase-js'),
  'package-json/package.json': '{ "dependencies": { "@supabase/supabase-js": "^2.0.0" } }',
  'jsx/index.tsx': `
    const h = (type: string, props: object, ...children: string[]) => '<' + type + '>' + children.join('') + '</' + type + '>'
    /** @jsx h */
    Deno.serve(() => Response.json((<b>function</b>) === '<b>function</b>' ? 'function' : 'no'))`,
  'assets/index.ts': `
    import data from './data.json' with { type: 'json' }
    import text from './text.txt' with { type: 'text' }
    const { word } = await import('./lazy.ts')
    Deno.serve(() => Response.json(data.part + text + word))`,
  'assets/deno.json': '{ "unstable": ["raw-imports"] }',
  'assets/data.json': '{ "part": "fun" }',
  'assets/text.txt': 'cti',
  'assets/lazy.ts': `export const word: string = 'on'`,
  'node/index.ts': `
    import { Buffer } from 'node:buffer'
    import { createHash } from 'node:crypto'
    Deno.serve(() => Response.json(typeof createHash('sha1').update(Buffer.from('x')).digest))`,
}

let functions: TestFunctions
beforeAll(async () => {
  const importMap = './functions/maps/client.json'
  functions = await serveFunctions(files, {
    config: {
      functions: {
        'configured-map': { enabled: true, verifyJwt: true, importMap },
        beside: { enabled: true, verifyJwt: true, staticFiles: ['./functions/_shared/texts/*.txt'] },
      },
    },
  })
  // As `npm install` in that function's folder would leave it.
  const modules = join(functions.root, 'supabase', 'functions', 'package-json', 'node_modules', '@supabase')
  await mkdir(modules, { recursive: true })
  await symlink(installed, join(modules, 'supabase-js'))
})
afterAll(() => functions[Symbol.asyncDispose]())

test.each(Object.keys(files).flatMap((file) => /^([a-z-]+)\/index\.tsx?$/.exec(file)?.[1] ?? []))(
  '%s needs no network',
  async (name) => {
    const response = await functions.call(name)
    expect(await response.json()).toBe('function')
  },
)

test('a package that is not installed comes from the registry of the project’s .npmrc, once', async () => {
  await using registry = await startRegistry({ 'left-padding': `export default 'padded'` })
  const host = registry.url.replace('http:', '')
  vi.stubEnv('TEST_REGISTRY_TOKEN', 'for-the-registry')
  const npmrc = `registry=${registry.url}\n${host}/:_authToken=\${TEST_REGISTRY_TOKEN}\n`
  await writeFile(join(functions.root, '.npmrc'), npmrc)
  await functions.write({
    'registry/index.ts': `import text from 'npm:left-padding@^1.2'; Deno.serve(() => Response.json(text))`,
  })
  expect(await (await functions.call('registry')).json()).toBe('padded')
  expect(registry.requests).toEqual([
    expect.stringMatching(/^GET \/left-padding Bearer for-the-registry$/),
    expect.stringMatching(/^GET \/left-padding\/package.tgz Bearer for-the-registry$/),
  ])

  await functions.write({
    'registry/index.ts': `import text from 'npm:left-padding@^1.2'; Deno.serve(() => Response.json(text + ' again'))`,
  })
  expect(await (await functions.call('registry')).json()).toBe('padded again')
  expect(registry.requests).toHaveLength(2)
})

test('a package that nobody has is named in the diagnostics', async () => {
  await using registry = await startRegistry({})
  await writeFile(join(functions.root, '.npmrc'), `registry=${registry.url}\n`)
  await functions.write({ 'unknown/index.ts': `import 'npm:no-such-package@1'; Deno.serve(() => new Response())` })
  const response = await functions.call('unknown')
  expect(response.status).toBe(503)
  expect(await response.json()).toMatchObject({
    code: 'BOOT_ERROR',
    details: expect.stringContaining('no-such-package'),
  })
})

test('an earlier start’s bundle is used again as long as its sources are the same', async () => {
  const bundle = () =>
    statSync(join(functions.root, '.portico', 'functions', 'bundles', 'npm', 'functions', 'npm', 'index.js')).mtimeMs
  await functions.call('npm')
  const before = bundle()
  await using again = await serveFunctions({}, { root: functions.root })
  expect(await (await again.call('npm')).json()).toBe('function')
  expect(bundle()).toBe(before)
})
