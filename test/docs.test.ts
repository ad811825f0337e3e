import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { createTestApp } from './support/app.ts'
import { useFixture } from './support/fixture.ts'

/** What people read, run as it stands but for the port. */
const readme = readFileSync('README.md', 'utf8')
const pages = ['docs', 'docs/decisions'].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
)
const textOf = (page: string) => readFileSync(page, 'utf8')

interface Example {
  readonly language: string
  readonly code: string
}

/** Its blocks of code that are marked so: ```` ```sh tour ````. */
function examplesIn(text: string, mark: string): readonly Example[] {
  const blocks = text.matchAll(new RegExp(`^\`\`\`(sh|js) ${mark}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))
  return [...blocks].map(([, language = '', code = '']) => ({ language, code }))
}

const backend = useFixture(() => createTestApp())
const run = promisify(execFile)

/** A stream has no end: examples leave it after two seconds, in which a busy machine may not have begun. */
const patience = '--max-time 2'

/**
 * What an example prints, to its end or as far as it is expected. `npx portico` is this checkout's, at the data folder of
 * the backend.
 */
async function runExample({ language, code }: Example, expected: RegExp): Promise<string> {
  const { url, config } = backend.app
  const here = code.replaceAll('http://127.0.0.1:54321', url).replace(patience, '--max-time 100')
  const npx = `npx() { shift; ${process.execPath} bin/portico.js "$@" --data ${config.dataFolder}; }\n`
  const [program, ...words] =
    language === 'sh'
      ? ['bash', '-euo', 'pipefail', '-c', npx + here]
      : [process.execPath, '--input-type=module', '-e', here]
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'], detached: true })
  const ended = once(child, 'close')
  let printed = ''
  for await (const piece of child.stdout) {
    printed += piece
    if (!code.includes(patience) || !expected.test(printed)) continue
    process.kill(-(child.pid ?? Number.NaN), 'SIGTERM')
    return printed
  }
  expect((await ended)[0]).toBe(0)
  return printed
}

describe('the README', () => {
  const tour = examplesIn(readme, 'tour')
  const expected: readonly RegExp[] = [
    /"photographCollection":\{"totalCount":[1-9]\d*,"edges":\[\{"node":\{"title":"[^"]+","photographer":\{"name":"[^"]+"\},"comments":\{"totalCount":\d+\},"thumbnailUrl":"http:/,
    /"viewer":\{"email":"edith@example\.com"\},"reviewQueue":\{"edges":\[\{"node":\{"photograph":\{"title":"/,
    /^event: next\ndata: \{"data":\{"photographCollection":\{"totalCount":[1-9]\d*,"edges":\[\{"node":\{"title":"/m,
    /\.jpg'[\s\S]*\n400\n$/,
  ]

  test('has a tour, all of it tested here', () => {
    expect(tour.length).toBe(expected.length)
  })

  test.each(tour.map((step, i) => ({ ...step, i })))('step $i ($language)', async ({ i, ...step }) => {
    const wanted = expected[i] ?? /never/
    expect(await runExample(step, wanted)).toMatch(wanted)
  })

  test('names commands that exist', async () => {
    const { stdout } = await run(process.execPath, ['bin/portico.js', '--help'])
    const named = /`portico start`, `status`[^;]*/.exec(readme)?.[0] ?? ''
    for (const [, name = ''] of named.matchAll(/`(?:portico )?(\w+)[ `]/g)) expect(stdout).toContain(name)
  })
})

describe('pages of docs/', () => {
  const answers: Readonly<Record<string, RegExp>> = {
    'docs/auth.md': /^\{"access_token":"eyJ/,
    'docs/data-api.md': /^\[\{"title":"[^"]+","photographer":\{"name":"[^"]+"\}\}/,
    'docs/database-work.md': /\(2 rows\)\n$/,
    'docs/errors.md': /"code":"OPERATION_TOO_COMPLEX"/,
    'docs/events.md': /daily-pick │ 0 0 \* \* \* │ select private\.pick_daily\(\)[\s\S]* last_error/,
    'docs/functions.md': /^\{"code":"invalid_body"/,
    'docs/graphql.md': /^\{"data":\{"photographCollection":\{"edges":\[\{"node":\{"title":"/,
    'docs/live-queries.md': /^event: next\ndata: \{"data":\{"photographCollection":\{"totalCount":[1-9]/m,
    'docs/realtime.md': /^hello\n$/,
    'docs/storage.md': /^image\/jpeg\n$/,
  }
  const examples = pages.flatMap((page) => examplesIn(textOf(page), 'try').map((example) => ({ ...example, page })))

  test('have examples, all of them tested here', () => {
    expect(examples.map(({ page }) => page)).toEqual(Object.keys(answers))
  })

  test.each(examples)('the one of $page', async ({ page, ...example }) => {
    const wanted = answers[page] ?? /never/
    expect(await runExample(example, wanted)).toMatch(wanted)
  })
})

test('docs/ explains every metric', async () => {
  const metrics = await (await fetch(`${backend.app.url}/metrics`)).text()
  const names = [...metrics.matchAll(/^# HELP (portico_\w+)/gm)].map(([, name = '']) => name)
  const text = pages.map(textOf).join('\n')
  expect(names).toContain('portico_http_request_duration_seconds')
  expect(names.filter((name) => !text.includes(`\`${name}\``))).toEqual([])
})

describe.each(['README.md', 'CONTRIBUTING.md', ...pages])('%s', (page) => {
  const prose = withoutCode(textOf(page))

  test('links to files and headings that exist', () => {
    const broken = [...prose.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].filter(([, link = '']) => {
      const [path = '', heading] = link.split('#')
      const target = path === '' ? page : normalize(join(dirname(page), path))
      if (!existsSync(target)) return true
      return heading !== undefined && statSync(target).isFile() && !headingsOf(target).includes(heading)
    })
    expect(broken.map(([, link]) => link)).toEqual([])
  })

  test('names files of the code that exist', () => {
    const paths = [...prose.matchAll(/`((?:src|test|bench|scripts|schema)\/[\w./-]+)`/g)].map(([, path = '']) => path)
    expect(paths.filter((path) => !existsSync(path))).toEqual([])
  })
})

function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '')
}

/** As GitHub names them in links. */
function headingsOf(page: string): readonly string[] {
  return [...withoutCode(textOf(page)).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_\- ]/gu, '')
      .replaceAll(' ', '-'),
  )
}
