import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { folderOf, launcher, portico, type Running, startPortico } from './portico.ts'

/** One backend for all of the tests, which go in order; what is deployed into it comes from a folder of its own. */
const project = folderOf({
  'supabase/config.toml': 'project_id = "functions"\n[functions.reach]\nverify_jwt = false\n',
  'supabase/functions/mirror/index.ts': `
    Deno.serve(async (request) => {
      console.log('asked', request.method)
      const role = JSON.parse(atob(request.headers.get('authorization').split('.')[1])).role
      const { pathname, search } = new URL(request.url)
      return Response.json({ method: request.method, path: pathname + search, role,
        own: request.headers.get('x-own'), type: request.headers.get('content-type'), body: await request.text() })
    })`,
  'supabase/functions/refuses/index.ts': `Deno.serve(() => new Response('not today', { status: 418 }))`,
  'supabase/functions/reach/index.ts': `
    import pg from 'npm:pg'
    Deno.serve(async (request) => {
      const { url, socket } = await request.json()
      if (socket) {
        const refusal = await Deno.connect({ transport: 'unix', path: socket }).then(() => 'connected', ({ name }) => name)
        return Response.json(refusal)
      }
      const given = new URL(Deno.env.get('SUPABASE_DB_URL'))
      if (url === 'without password') given.password = 'wrong'
      const client = new pg.Client(given.href)
      try {
        await client.connect()
        const { rows } = await client.query('select current_user::text as name')
        await client.end()
        return Response.json(rows[0].name)
      } catch (error) {
        return Response.json(error.code)
      }
    })`,
})
const workplace = folderOf({
  'supabase/config.toml': 'project_id = "functions"\n',
  'supabase/functions/greet/index.ts': `Deno.serve(() => new Response('first'))`,
})
const at = ['--project', project.path]
const from = ['--project', workplace.path, '--data', join(project.path, '.portico')]
let running: Running
beforeAll(async () => {
  running = await startPortico(at)
})
afterAll(async () => {
  await running?.end('SIGTERM')
  project.remove()
  workplace.remove()
})

/** Until it is gone: what it still wrote would be in the way of removing its folder. */
async function end(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.kill()
  await gone
}

const functions = (...words: readonly string[]) => portico(['functions', ...words, ...at])
const listed = async () => JSON.parse((await functions('list', '-o', 'json')).stdout) as { name: string }[]
const invoke = async (...words: readonly string[]) => JSON.parse((await functions('invoke', ...words)).stdout)

describe('portico functions', () => {
  test('new makes one that answers at once, and touches none that is there', async () => {
    expect((await functions('new', 'hello')).stdout).toMatch(/made {2}.*hello\/index\.ts/)
    expect(await invoke('hello', '--body', '{"name":"Ada"}')).toEqual({ message: 'Hello, Ada!' })
    expect(await functions('new', 'hello')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is there already'),
    })
    expect(await functions('new', '../x')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no function name'),
    })
  })

  test('list names them, with their processes', async () => {
    expect(await listed()).toMatchObject([
      { name: 'hello', verifyJwt: true, version: null, workers: 1 },
      { name: 'mirror', workers: 0 },
      { name: 'reach', verifyJwt: false },
      { name: 'refuses' },
    ])
    expect((await functions('list')).stdout).toMatch(/^hello {4}token needed {2}project folder {2}1 process$/m)
  })

  test('invoke sends what it is told, as whom it is told', async () => {
    expect(await invoke('mirror/a?b=c', '--method', 'put', '--header', 'X-Own: d', '--body', 'text')).toEqual({
      ...{ method: 'PUT', path: '/mirror/a?b=c', role: 'anon', own: 'd' },
      ...{ type: 'text/plain', body: 'text' },
    })
    const { stdout } = await portico(['functions', 'invoke', 'mirror', '--body', '-', '--as', 'service_role', ...at], {
      input: '{"e":1}',
    })
    expect(JSON.parse(stdout)).toMatchObject({ role: 'service_role', type: 'application/json', body: '{"e":1}' })
  })

  test.each([
    ['refuses', 'not today', /^418/],
    ['missing', expect.stringContaining('Requested function was not found'), /^404 NOT_FOUND/],
  ])('invoke %s ends with status 1', async (name, stdout, stderr) => {
    expect(await functions('invoke', name)).toEqual({ code: 1, stdout, stderr: expect.stringMatching(stderr) })
  })

  test('logs prints what was written, and with -f what is written next', async () => {
    expect((await functions('logs', 'mirror')).stdout).toMatch(/info {2}asked PUT\n/)
    expect((await functions('logs', 'hello')).stdout).toBe('')
    const following = spawn(process.execPath, [launcher, 'functions', 'logs', 'mirror', '-f', '--json', ...at])
    const lines = createInterface({ input: following.stdout })[Symbol.asyncIterator]()
    const next = async () => JSON.parse((await lines.next()).value ?? '') as { name: string; message: string }
    expect(await next()).toMatchObject({ name: 'mirror', message: 'asked PUT' })
    expect(await next()).toMatchObject({ message: 'asked POST' })
    await functions('invoke', 'mirror', '--method', 'DELETE')
    expect(await next()).toMatchObject({ name: 'mirror', level: 'info', message: 'asked DELETE' })
    await end(following)
  })

  test('deploy switches the running backend, rollback back', async () => {
    const deploy = () => portico(['functions', 'deploy', 'greet', ...from])
    const greeting = async () => (await functions('invoke', 'greet')).stdout
    expect(await deploy()).toMatchObject({ code: 0, stdout: 'deployed  greet, version 1\n' })
    expect(await greeting()).toBe('first')
    writeFileSync(join(workplace.path, 'supabase/functions/greet/index.ts'), `Deno.serve(() => new Response('second'))`)
    expect(await deploy()).toMatchObject({ code: 0, stdout: 'deployed  greet, version 2\n' })
    expect(await greeting()).toBe('second')
    const back = await functions('rollback', 'greet')
    expect(back).toMatchObject({ code: 0, stdout: 'rolled back  greet, to version 1\n' })
    expect(await greeting()).toBe('first')
    expect(await listed()).toContainEqual(expect.objectContaining({ name: 'greet', version: 1, versions: [2, 1] }))
    expect(await functions('rollback', 'greet')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no such version'),
    })
    expect(await functions('rollback', 'greet', '--to', '2')).toMatchObject({ code: 0 })
    expect(await greeting()).toBe('second')
  })

  test('deploy to a backend elsewhere takes its operator key, and no other', async () => {
    const { API_URL = '', OPERATOR_KEY = '', SECRET_KEY = '' } = running.facts
    const deploy = (env: Record<string, string>) =>
      portico(['functions', 'deploy', 'greet', '--url', API_URL, '--project', workplace.path], { env })
    expect(await deploy({})).toMatchObject({ code: 1, stderr: expect.stringContaining('PORTICO_OPERATOR_KEY') })
    expect(await deploy({ PORTICO_OPERATOR_KEY: SECRET_KEY })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('operator key'),
    })
    expect(await deploy({ PORTICO_OPERATOR_KEY: OPERATOR_KEY })).toMatchObject({
      code: 0,
      stdout: 'deployed  greet, version 3\n',
    })
  })

  test('what does not compile is not deployed, and says where', async () => {
    writeFileSync(join(workplace.path, 'supabase/functions/greet/index.ts'), 'const x: = 1')
    const { code, stderr } = await portico(['functions', 'deploy', ...from])
    expect([code, stderr]).toEqual([1, expect.stringMatching(/greet does not compile[\s\S]*index\.ts:1:10/)])
    expect((await functions('invoke', 'greet')).stdout).toBe('second')
  })

  test('serve, beside a running backend, shows its logs', async () => {
    const serving = spawn(process.execPath, [launcher, 'functions', 'serve', ...at])
    const lines = createInterface({ input: serving.stdout })[Symbol.asyncIterator]()
    expect((await lines.next()).value).toContain(`${running.facts.FUNCTIONS_URL} by the running backend`)
    await end(serving)
  })

  test('serve, beside a running backend, takes no variables of its own', async () => {
    const { code, stderr } = await functions('serve', '--env-file', join(project.path, 'supabase/config.toml'))
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('portico start --env-file FILE') })
  })

  test('a function reaches the database through SUPABASE_DB_URL with its password, and not through the trusted socket', async () => {
    expect(await invoke('reach', '--body', '{}')).toBe('postgres')
    expect(await invoke('reach', '--body', '{"url":"without password"}')).toBe('28P01')
    const client = new pg.Client(running.facts.DB_URL)
    await client.connect()
    const { rows } = await client.query(`select current_setting('port') as port`)
    await client.end()
    const folder = JSON.parse(
      (await portico(['db', 'query', '-o', 'json', 'show unix_socket_directories', ...at])).stdout,
    )
    const socket = `${folder[0].unix_socket_directories.replaceAll('"', '')}/.s.PGSQL.${rows[0].port}`
    expect(await invoke('reach', '--body', JSON.stringify({ socket }))).toBe('NotCapable')
  })
})

test('without a backend, serve answers alone, and what needs one says so', async () => {
  const alone = ['--project', workplace.path]
  writeFileSync(join(workplace.path, 'supabase/functions/greet/index.ts'), `Deno.serve(() => new Response('alone'))`)
  const serving = spawn(process.execPath, [launcher, 'functions', 'serve', '--port', '0', ...alone])
  const url = (await createInterface({ input: serving.stdout })[Symbol.asyncIterator]().next()).value
  expect((await fetch(`${url}/greet`)).status).toBe(401)
  const authorization = `Bearer ${running.facts.ANON_KEY}`
  expect(await (await fetch(`${url}/greet`, { headers: { authorization } })).text()).toBe('alone')
  await end(serving)
  const file = join(workplace.path, 'supabase/.env.local')
  writeFileSync(file, 'GREETING="from a file"\n')
  writeFileSync(
    join(workplace.path, 'supabase/functions/greet/index.ts'),
    `Deno.serve(() => new Response(Deno.env.get('GREETING')))`,
  )
  const words = ['functions', 'serve', 'greet', '--env-file', file, '--no-verify-jwt', '--port', '0', ...alone]
  const open = spawn(process.execPath, [launcher, ...words])
  const openUrl = (await createInterface({ input: open.stdout })[Symbol.asyncIterator]().next()).value
  expect(await (await fetch(`${openUrl}/greet`)).text()).toBe('from a file')
  await end(open)
  writeFileSync(join(workplace.path, 'words.json'), '{ "imports": { "words": "./words.ts" } }')
  writeFileSync(join(workplace.path, 'words.ts'), 'export default String(1 + 1)')
  writeFileSync(
    join(workplace.path, 'supabase/functions/greet/index.ts'),
    `import word from 'words'; Deno.serve(() => new Response(word))`,
  )
  const mapped = [
    'functions',
    'serve',
    '--import-map',
    join(workplace.path, 'words.json'),
    '--no-verify-jwt',
    '--port',
    '0',
  ]
  const serve = spawn(process.execPath, [launcher, ...mapped, ...alone])
  const mappedUrl = (await createInterface({ input: serve.stdout })[Symbol.asyncIterator]().next()).value
  expect(await (await fetch(`${mappedUrl}/greet`)).text()).toBe('2')
  await end(serve)
  const inspected = await portico(['functions', 'serve', '--inspect-mode', 'brk', ...alone])
  expect([inspected.code, inspected.stderr]).toEqual([1, expect.stringContaining('without an inspector')])
  for (const words of [['invoke', 'greet'], ['logs'], ['deploy'], ['rollback', 'greet']]) {
    const { code, stderr } = await portico(['functions', ...words, ...alone])
    expect([code, stderr]).toEqual([1, expect.stringContaining('not running')])
  }
  expect(JSON.parse((await portico(['functions', 'list', '-o', 'json', ...alone])).stdout)).toMatchObject([
    { name: 'greet' },
  ])
})
