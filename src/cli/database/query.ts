import { readFile } from 'node:fs/promises'
import { text as readAll } from 'node:stream/consumers'
import pg from 'pg'
import { errorMessage, PorticoError } from '#errors'
import type { DatabaseOptions } from '../options.ts'
import { withProjectDatabase } from './project-database.ts'
import { answerOf, asText, formats } from './query-output.ts'

export interface QueryOptions extends DatabaseOptions {
  readonly file?: string
  readonly output: keyof typeof formats
}

/** Runs statements as `postgres` and prints each one's answer. */
export async function query(sql: string | undefined, options: QueryOptions): Promise<void> {
  const text = await readStatements(sql, options.file)
  const print = formats[options.output]
  await withProjectDatabase(options, { state: 'present' }, async ({ database }) => {
    const client = new pg.Client({ ...database.connections.for('postgres'), application_name: 'portico db query' })
    client.on('error', () => {})
    client.on('notice', ({ severity, message }) => console.error(`${severity}: ${message}`))
    try {
      await client.connect()
      const result = await client.query<unknown[]>({ text, rowMode: 'array', types: asText })
      for (const answer of [result].flat().map(answerOf)) process.stdout.write(print(answer))
    } catch (error) {
      throw error instanceof pg.DatabaseError ? statementFailed(text, error) : error
    } finally {
      await client.end()
    }
  })
}

async function readStatements(sql: string | undefined, file: string | undefined): Promise<string> {
  if (sql !== undefined && file !== undefined) throw wrong('Give the SQL itself or --file, not both.')
  if (sql !== undefined) return sql
  if (file === undefined && process.stdin.isTTY) throw wrong('Give the SQL to run, or --file, or send it to the input.')
  try {
    return file === undefined || file === '-' ? await readAll(process.stdin) : await readFile(file, 'utf8')
  } catch (cause) {
    throw wrong(`${file} cannot be read: ${errorMessage(cause)}`)
  }
}

function statementFailed(text: string, error: pg.DatabaseError): PorticoError {
  const at = Number(error.position ?? 0)
  const line = at > 0 ? text.slice(0, at).split('\n').length : undefined
  return new PorticoError('SQL_FILE_FAILED', {
    message: `${error.message}${line === undefined ? '' : ` (line ${line})`}`,
    details: { detail: error.detail, hint: error.hint, sqlstate: error.code },
    cause: error,
  })
}

function wrong(message: string): PorticoError {
  return new PorticoError('BAD_USER_INPUT', { message })
}
