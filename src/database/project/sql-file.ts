import { readFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { errorMessage } from '#errors'
import { type Statement, splitSql } from './split-sql.ts'
import { sqlFileFailed } from './sql-error.ts'

export interface SqlFile {
  /** As people call it: `supabase/migrations/20260101000000_init.sql`. */
  readonly name: string
  readonly text: string
  readonly statements: readonly Statement[]
}

/** What psql would do for itself, and has no effect on the database. */
const harmless = /^\\(?:restrict|unrestrict|echo|qecho|warn|timing|pset|set\s+ON_ERROR_STOP)\b/

/**
 * Reads a SQL file and splits it.
 *
 * @throws PorticoError SQL_FILE_FAILED if it is not UTF-8 or uses a command of psql that only psql can run.
 */
export async function readSqlFile(root: string, path: string): Promise<SqlFile> {
  const name = relative(root, path)
  const text = await readText(name, path)
  const statements = splitSql(text).filter((item): item is Statement => {
    if (!('meta' in item)) return true
    if (harmless.test(item.meta)) return false
    throw sqlFileFailed({ name, text }, item.offset, {
      message: `${item.meta.split(/\s/, 1)[0]} is a command of psql; a SQL file of a project is run without psql`,
      statement: item.meta,
    })
  })
  return { name, text, statements }
}

async function readText(name: string, path: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(path))
  } catch (cause) {
    const message = cause instanceof TypeError ? 'the file is not UTF-8' : errorMessage(cause)
    throw sqlFileFailed({ name, text: '' }, 0, { message, cause })
  }
}
