import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { folderOf, launcher, portico } from './portico.ts'

const work = folderOf({ 'mine/package.json': '{"type":"commonjs"}\n', 'mine/.gitignore': 'mine\n' })
afterAll(() => work.remove())

describe('help', () => {
  const commands = ['', 'start', 'status', 'stop', 'init', 'db', 'db reset', 'db query', 'migration', 'migration new']
  const more = [
    'migration list',
    'migration up',
    'gen',
    'gen schema',
    'gen types',
    'db diff',
    'db dump',
    'db push',
    'test db',
    'link',
  ]
  test.for([...commands, ...more])('portico %s --help', async (command) => {
    const { code, stdout } = await portico([...command.split(' ').filter(Boolean), '--help'])
    expect(code).toBe(0)
    expect(stdout).toContain(`Usage: ${`portico ${command}`.trim()}`)
    if (/^(start|status|stop|test db|db (reset|query|diff|dump|push)|migration .*|gen (schema|types))$/.test(command))
      expect(stdout).toMatch(/--project .*--data/s)
  })

  test('start shows how it is used', async () => {
    const { stdout } = await portico(['start', '--help'])
    for (const word of [
      '--ephemeral',
      '--host',
      '--port',
      '--db-port',
      '--db-url',
      '--production',
      '--json',
      'Examples:',
    ]) {
      expect(stdout).toContain(word)
    }
  })
})

describe('mistakes', () => {
  test.for([
    { args: ['strat'], says: /unknown command 'strat'.*Did you mean start/s },
    { args: ['db', 'push', '--linked'], says: /Nothing is linked here.*--db-url/ },
    { args: ['migration', 'repair', '--status', 'applied'], says: /the whole history.*add --yes/ },
    { args: ['migration', 'repair', 'x', '--status', 'applied'], says: /A version is the digits/ },
    { args: ['migration', 'squash'], says: /portico migration squash is not there/ },
    { args: ['login'], says: /Nothing here needs an account/ },
    { args: ['migration', 'new', ' ../ '], says: /A name has letters or digits/ },
    { args: ['start', '--prot', '1'], says: /unknown option '--prot'.*Did you mean --port/s },
    { args: ['start', '--grace', '100000'], says: /Expected a day at most/ },
    { args: ['start', '--port', 'http'], says: /Expected a port between 0 and 65535/ },
    { args: ['status', '-o', 'xml'], says: /Allowed choices are pretty, env, json, yaml, toml/ },
    { args: ['db', 'query', 'select 1', '--file', 'x.sql'], says: /not both/ },
    { args: ['start', '--project', '/nowhere'], says: /--project is "\/nowhere", expected a folder that exists/ },
    { args: ['db', 'lint'], says: /plpgsql_check.*supabase db lint --db-url/ },
    { args: ['projects', 'list', '--linked'], says: /about projects that Supabase hosts/ },
    { args: ['functions', 'deploy', 'hello', '--project-ref', 'abc'], says: /Nothing is linked here/ },
    { args: ['gen', 'types', '--linked'], says: /Nothing is linked here/ },
    { args: ['stop', '--all'], says: /stopped by itself: portico stop --project/ },
    { args: ['telemetry', 'disable'], says: /nothing is sent anywhere/ },
    { args: ['--yes', '--experimental', 'encryption', 'get-root-key'], says: /about projects that Supabase hosts/ },
    { args: ['gen', 'types', '--lang', 'go'], says: /Allowed choices are typescript/ },
  ])('$args', async ({ args, says }) => {
    const { code, stderr } = await portico(args)
    expect(stderr).toMatch(says)
    expect(stderr).not.toMatch(/^\s+at /m)
    expect(code).toBe(1)
  })

  test('a mistake in config.toml is told with its file and line', async () => {
    const project = folderOf({ 'supabase/config.toml': 'project_id = "x"\n[api]\nport = "many"\n' })
    const { code, stderr } = await portico(['start', '--project', project.path])
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/supabase\/config\.toml:3: api\.port is "many"/),
    })
    project.remove()
  })
})

describe('without a running backend', () => {
  test('the project is the one around the folder', async () => {
    const project = folderOf({ 'supabase/config.toml': '', 'web/src/main.ts': '' })
    const folder = join(realpathSync(project.path), '.portico')
    for (const args of [['status'], ['status', '--workdir', '../..'], ['--workdir', '../..', '-o', 'env', 'status']]) {
      const { stderr } = await portico(args, { cwd: join(project.path, 'web/src') })
      expect(stderr).toContain(`Portico is not running on ${folder}.`)
    }
    project.remove()
  })

  test('status says so, and fails', async () => {
    const { code, stderr } = await portico(['status', '--project', work.path])
    expect(code).toBe(1)
    expect(stderr).toBe(
      `error: Portico is not running on ${join(work.path, '.portico')}. Start it with: portico start\n`,
    )
  })

  test('stop says so, and is content', async () => {
    const { code, stdout, stderr } = await portico(['stop', '--no-backup', '--project', work.path])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toBe(`Nothing runs on ${join(work.path, '.portico')}.\n`)
  })
})

describe('init', () => {
  test('touches no file that is there', async () => {
    const { code, stdout } = await portico(['init', 'mine'], { cwd: work.path })
    expect(code).toBe(0)
    expect(stdout).toMatch(/^kept {2}mine\/package\.json$/m)
    expect(readFileSync(join(work.path, 'mine/.gitignore'), 'utf8')).toBe('mine\n')
    expect(readFileSync(join(work.path, 'mine/package.json'), 'utf8')).toBe('{"type":"commonjs"}\n')
    expect(readFileSync(join(work.path, 'mine/supabase/config.toml'), 'utf8')).toContain('project_id = "mine"')
    expect(readdirSync(join(work.path, 'mine'))).toContain('tsconfig.json')
    // Node would take the files of schema/ for CommonJS, else.
    expect(readdirSync(join(work.path, 'mine/schema')).sort()).toEqual(['hello.ts', 'package.json'])
  })

  test('here, in an application of another kind, says how that gets Portico', async () => {
    const application = folderOf({ 'package.json': '{"scripts":{"start":"vite"}}' })
    const { stdout } = await portico(['init'], { cwd: application.path })
    expect(stdout).toMatch(/^Start it with: npm install --save-dev file:\S+ && npx portico start$/m)
    application.remove()
  })

  test('a new project depends on the Portico that made it', async () => {
    await portico(['init', 'theirs'], { cwd: work.path })
    const manifest = JSON.parse(readFileSync(join(work.path, 'theirs/package.json'), 'utf8'))
    const [, path = ''] = /^file:(.*)$/.exec(manifest.dependencies.portico) ?? []
    expect(existsSync(join(work.path, 'theirs', path, 'bin/portico.js'))).toBe(true)
  })

  test('in a folder whose name a shell would take apart, says how to get there', async () => {
    const { code, stdout } = await portico(['init', "Ada's shop", '--with-vscode-settings'], { cwd: work.path })
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining(`Start it with: cd 'Ada'\\''s shop' && npm install && npm start`),
    })
  })

  test('leaves a project alone', async () => {
    const { code, stderr } = await portico(['init', 'mine'], { cwd: work.path })
    expect(code).toBe(1)
    expect(stderr).toContain('mine/supabase is there already: this is a project.')
  })
})

test('an --env-file is that of the functions, and Node.js takes no variable from it', async () => {
  const project = folderOf({ 'supabase/config.toml': '[db]\nport = "x"', env: 'SUPABASE_API_PORT=many\n' })
  const start = (file: string) =>
    spawnSync(launcher, ['start', '--env-file', file, '--project', project.path], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, NO_COLOR: '1' },
    }).stderr
  expect(start(join(project.path, 'env'))).toMatch(/^error: [^\n]*db\.port is "x"[^\n]*\n$/)
  expect(start('nowhere')).toMatch(/--env-file is "nowhere", expected a file that exists/)
  project.remove()
})

test('a reader that has heard enough is no failure', () => {
  const { status, stderr } = spawnSync('sh', ['-c', '"$0" "$1" --help | true', process.execPath, launcher], {
    encoding: 'utf8',
  })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
})
