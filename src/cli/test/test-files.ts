import { readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { PorticoError } from '#errors'

/** What `\i` in a test is relative to, and the tests. */
export interface TestFiles {
  readonly folder: string
  /** Absolute, in the order in which they run: that of their names, within each that was asked for. */
  readonly files: readonly string[]
}

/**
 * The tests that are meant: files, and folders with all that ends in `.sql` or `.pg` in them. Without any, `supabase/tests`.
 *
 * @throws PorticoError BAD_USER_INPUT if one of them is not there.
 */
export function findTests(project: string, asked: readonly string[]): TestFiles {
  const paths = asked.length > 0 ? asked.map((path) => resolve(path)) : [resolve(project, 'supabase', 'tests')]
  const found = paths.map((path) => {
    const kind = statSync(path, { throwIfNoEntry: false })
    if (!kind) throw wrong(asked.length > 0 ? `There is no ${path}.` : `There are no tests: ${path} is not there.`)
    return kind.isDirectory() ? { folder: path, files: testsIn(path) } : { folder: resolve(path, '..'), files: [path] }
  })
  const files = [...new Set(found.flatMap((one) => one.files))]
  if (files.length === 0) throw wrong(`No file in ${paths.join(', ')} ends in .sql or .pg.`)
  return { folder: found[0]?.folder ?? project, files }
}

function testsIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => /\.(?:sql|pg)$/.test(entry.name) && !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

function wrong(message: string): PorticoError {
  return new PorticoError('BAD_USER_INPUT', { message: `${message} Make one with: portico test new NAME` })
}
