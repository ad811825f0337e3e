import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestApp, type TestApp } from './support/app.ts'

/** The README's tour, run as it stands but for the port. */
const readme = readFileSync('README.md', 'utf8')
const tour = [...readme.matchAll(/^```(sh|js) tour\n([\s\S]*?)^```$/gm)].map(([, language = '', code = '']) => ({
  language,
  code,
}))

const run = promisify(execFile)
let backend: TestApp
beforeAll(async () => {
  backend = await createTestApp()
})
afterAll(() => backend?.close())

describe('the README', () => {
  const expected: readonly RegExp[] = [
    /"photographCollection":\{"totalCount":[1-9]\d*,"edges":\[\{"node":\{"title":"[^"]+","photographer":\{"name":"[^"]+"\},"comments":\{"totalCount":\d+\},"thumbnailUrl":"http:/,
    /"viewer":\{"email":"edith@example\.com"\},"reviewQueue":\{"edges":\[\{"node":\{"photograph":\{"title":"/,
    /^event: next\ndata: \{"data":\{"photographCollection":\{"totalCount":[1-9]\d*,"edges":\[\{"node":\{"title":"/m,
    /\.jpg'[\s\S]*\n400\n$/,
  ]

  test('has a tour, all of it tested here', () => {
    expect(tour.length).toBe(expected.length)
  })

  test.each(tour.map((step, i) => ({ ...step, i })))('step $i ($language)', async ({ language, code, i }) => {
    const here = code.replaceAll('http://127.0.0.1:54321', backend.app.url)
    const { stdout } =
      language === 'sh'
        ? await run('bash', ['-euo', 'pipefail', '-c', here])
        : await run(process.execPath, ['--input-type=module', '-e', here])
    expect(stdout).toMatch(expected[i] ?? /never/)
  })

  test('names commands that exist', async () => {
    const { stdout } = await run(process.execPath, ['bin/portico.js', '--help'])
    const named = /`portico start`, `status`[^;]*/.exec(readme)?.[0] ?? ''
    for (const [, name = ''] of named.matchAll(/`(?:portico )?(\w+)[ `]/g)) expect(stdout).toContain(name)
  })

  test('links to files that exist', () => {
    for (const [, path = ''] of readme.matchAll(/\]\((?!http)([^)#]+)\)/g)) {
      expect(() => readFileSync(path), path).not.toThrow(/ENOENT/)
    }
  })
})
