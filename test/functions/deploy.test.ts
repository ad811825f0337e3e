import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { packFunction } from '#functions'
import { serveFunctions, type TestFunctions } from './test-functions.ts'

const replies = (text: string) => `Deno.serve(() => new Response('${text}'))`
const slow = (text: string) => `
  Deno.serve(async (request) => {
    if (new URL(request.url).search) await fetch(Deno.env.get('SUPABASE_URL') + '/functions/v1/gate')
    return new Response('${text}')
  })`
const gate = `
  let open
  const opened = new Promise((resolve) => { open = resolve })
  Deno.serve(async (request) => {
    if (request.method === 'POST') open(); else await opened
    return new Response('open')
  })`
const own = { gate: { enabled: true, verifyJwt: false } }

const text = async (service: TestFunctions, path: string) => (await service.call(path)).text()

/** What `portico functions deploy` does: from a folder of its own, since nobody edits the one that is served. */
async function deploy(service: TestFunctions, name: string, source: string, verifyJwt = true): Promise<Response> {
  const root = join(service.root, 'workplace')
  const functions = join(root, 'supabase', 'functions')
  await mkdir(dirname(join(functions, name, 'index.ts')), { recursive: true })
  await writeFile(join(functions, name, 'index.ts'), source)
  const content = await packFunction(name, {
    ...service.config,
    project: { root, supabase: join(root, 'supabase'), schema: '', functions },
    functions: { [name]: { enabled: true, verifyJwt } },
  })
  return await operate(service, `/functions/${name}`, { method: 'PUT', body: JSON.stringify(content) })
}

const operate = (service: TestFunctions, path: string, init?: RequestInit) =>
  service.service.operate(new Request(`http://localhost${path}`, init))

test('a version is live at once, those in flight finish on theirs, and the one before can be had again', async () => {
  const files = {
    'versioned/index.ts': slow('folder'),
    'other/index.ts': `Deno.serve(() => Response.json(Deno.pid))`,
    'gate/index.ts': gate,
  }
  await using service = await serveFunctions(files, { config: { mode: 'production', functions: own } })
  const other = await text(service, 'other')
  const inFlight = text(service, 'versioned?wait')
  expect(await text(service, 'versioned')).toBe('folder')

  expect(await (await deploy(service, 'versioned', slow('first'))).json()).toEqual({ name: 'versioned', version: 1 })
  expect(await text(service, 'versioned')).toBe('first')
  expect(await (await deploy(service, 'versioned', slow('second'))).json()).toEqual({ name: 'versioned', version: 2 })
  expect(await text(service, 'versioned')).toBe('second')
  await service.call('gate', { method: 'POST' })
  expect(await inFlight).toBe('folder')
  expect(await text(service, 'other')).toBe(other)

  const rollback = (query = '') => operate(service, `/functions/versioned/rollback${query}`, { method: 'POST' })
  expect(await (await rollback()).json()).toEqual({ name: 'versioned', version: 1 })
  expect(await text(service, 'versioned')).toBe('first')
  expect((await rollback()).status).toBe(404)
  expect((await rollback('?to=9')).status).toBe(404)
  expect(await (await rollback('?to=2')).json()).toEqual({ name: 'versioned', version: 2 })

  const listed = (await (await operate(service, '/functions')).json()) as { name: string }[]
  expect(listed.find(({ name }) => name === 'versioned')).toMatchObject({
    version: 2,
    versions: [2, 1],
    verifyJwt: true,
  })
  expect(listed.find(({ name }) => name === 'other')).toMatchObject({ version: null, workers: 1 })

  await service.service.close()
  await using again = await serveFunctions({}, { root: service.root, config: { mode: 'production' } })
  expect(await text(again, 'versioned')).toBe('second')
})

test('a function that the project folder has not is served, by its own verify_jwt', async () => {
  await using service = await serveFunctions({}, { config: { mode: 'production' } })
  await deploy(service, 'newcomer', replies('welcome'), false)
  expect(await (await fetch(`${service.origin}/functions/v1/newcomer`)).text()).toBe('welcome')
})

test('in development an edit after a deployment is the newer one', async () => {
  await using service = await serveFunctions({ 'edited/index.ts': replies('folder') })
  await deploy(service, 'edited', replies('deployed'))
  expect(await text(service, 'edited')).toBe('deployed')
  await service.write({ 'edited/index.ts': replies('edited') })
  expect(await text(service, 'edited')).toBe('edited')
})

test('what does not compile is not deployed', async () => {
  await using service = await serveFunctions({ 'whole/index.ts': replies('whole') })
  await expect(deploy(service, 'whole', 'const x: = 1')).rejects.toMatchObject({
    code: 'FUNCTION_INVALID',
    message: expect.stringContaining('Unexpected token'),
  })
  expect(await text(service, 'whole')).toBe('whole')
})

test.each([
  ['no JSON', 'x'],
  ['no package', '{}'],
  ['a path that leads out', JSON.stringify({ verifyJwt: true, entry: 'a.js', files: { 'a.js': '', '../b.js': '' } })],
  ['an absolute path', JSON.stringify({ verifyJwt: true, entry: 'a.js', files: { 'a.js': '', '/tmp/b.js': '' } })],
  ['an entry that is not there', JSON.stringify({ verifyJwt: true, entry: 'a.js', files: {} })],
])('%s is refused', async (_, body) => {
  await using service = await serveFunctions({})
  const response = await operate(service, '/functions/bad', { method: 'PUT', body })
  expect([response.status, await response.json()]).toMatchObject([400, { code: 'BAD_REQUEST' }])
  await expect(
    readFile(join(service.root, '.portico', 'functions', 'bundles', 'bad.deployed', 'current')),
  ).rejects.toThrow()
})

test('logs can be read, and read along', async () => {
  await using service = await serveFunctions({
    'chatty/index.ts': `Deno.serve((request) => { console.log('said', new URL(request.url).search); return new Response() })`,
    'quiet/index.ts': `Deno.serve(() => { console.log('mine'); return new Response() })`,
  })
  await service.call('quiet')
  await service.call('chatty?1')
  const abort = new AbortController()
  const following = await operate(service, '/logs?function=chatty&follow=1', { signal: abort.signal })
  await service.call('chatty?2')
  let seen = ''
  for await (const chunk of following.body ?? []) {
    seen += Buffer.from(chunk).toString()
    if (seen.includes('?2')) break
  }
  const lines = seen
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { name: string; message: string })
  expect(lines.map(({ message }) => message)).toEqual(['said ?1', 'said ?2'])
  const all = await (await operate(service, '/logs')).text()
  expect(all).toContain('mine')
})
