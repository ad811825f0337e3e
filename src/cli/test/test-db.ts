import { relative } from 'node:path'
import type pg from 'pg'
import { administer } from '#database'
import { errorMessage } from '#errors'
import type { Observe } from '#observe'
import { withProjectDatabase } from '../database/index.ts'
import type { DatabaseOptions } from '../options.ts'
import { stepsOn } from '../steps.ts'
import { type PsqlOptions, PsqlSession, type Query, type Status } from './psql/index.ts'
import { hasFailed, type Result, summary, verdict } from './report.ts'
import { readTap } from './tap.ts'
import { findTests } from './test-files.ts'
import { withPgtap } from './with-pgtap.ts'

export interface TestDbOptions extends DatabaseOptions {}

/**
 * Runs tests of the database that are written with pgTAP, as Supabase's CLI has pg_prove do: each file in a session of
 * its own as `postgres`. The process ends with status 1 if one of them failed, died or did not run what it had planned.
 */
export async function testDb(paths: readonly string[], options: TestDbOptions): Promise<void> {
  const { folder, files } = findTests(options.project, paths)
  const state = options.dbUrl === undefined ? 'built' : 'bare'
  const steps = stepsOn(process.stderr)
  let isRunning = false
  const observe: Observe = (observation) => isRunning || steps(observation)
  await withProjectDatabase(options, { state, observe }, async ({ database }) => {
    // What the server logs is what the sessions hear.
    isRunning = true
    const start = performance.now()
    const login = database.connections.for('postgres')
    const results = await withPgtap(login, database.connections.for('supabase_admin'), ({ plainly }) =>
      runAll(files, { login, folder, verbose: options.verbose ?? false, ...(plainly && { skips: makesPgtap }) }),
    )
    process.stdout.write(summary(results, (performance.now() - start) / 1000))
    if (results.some(hasFailed)) process.exitCode = 1
  })
}

interface RunOptions extends Pick<PsqlOptions, 'folder' | 'skips'> {
  readonly login: pg.ClientConfig
  readonly verbose: boolean
}

async function runAll(files: readonly string[], options: RunOptions): Promise<readonly Result[]> {
  const longest = Math.max(...files.map((file) => nameOf(file).length))
  const results: Result[] = []
  for (const file of files) {
    const name = nameOf(file)
    process.stdout.write(`${name} ${'.'.repeat(longest + 2 - name.length)} `)
    const result = await runOne(file, options)
    process.stdout.write(verdict(result))
    results.push(result)
    if (result.bailedOut !== undefined) break
  }
  return results
}

async function runOne(file: string, { login, verbose, ...options }: RunOptions): Promise<Result> {
  return await administer({ ...login, application_name: 'portico test db' }, async (client) => {
    const output: string[] = []
    const print = (line: string) => output.push(...line.split('\n'))
    const warn = (line: string) => process.stderr.write(`${line}\n`)
    const status = await runToEnd(new PsqlSession({ ...options, client, print, warn }), file)
    if (verbose) process.stdout.write(`\n${output.map((line) => `${line}\n`).join('')}`)
    return { name: nameOf(file), status, ...readTap(output) }
  })
}

/** A file that cannot even be read is a failed test, not the end of all. */
async function runToEnd(session: PsqlSession, file: string): Promise<Status> {
  try {
    return await session.runFile(file)
  } catch (error) {
    process.stderr.write(`${nameOf(file)}: ${errorMessage(error)}\n`)
    return 2
  }
}

function makesPgtap({ words: [verb, what, ...rest] }: Query): boolean {
  return (
    verb === 'create' &&
    what === 'extension' &&
    /^"?pgtap"?$/.test(rest.find((word) => !/^(if|not|exists)$/.test(word)) ?? '')
  )
}

function nameOf(file: string): string {
  const below = relative(process.cwd(), file)
  return below.startsWith('..') ? file : below
}
