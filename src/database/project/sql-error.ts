import pg from 'pg'
import { PorticoError } from '#errors'
import { hasStandIn } from '../extensions/index.ts'
import type { Statement } from './split-sql.ts'

interface Failure {
  readonly message: string
  readonly statement?: string
  /** Whether the offset is the very place, which is then shown. */
  readonly exact?: boolean
  readonly detail?: string | undefined
  readonly hint?: string | undefined
  readonly sqlstate?: string | undefined
  readonly cause?: unknown
}

type Source = { readonly name: string; readonly text: string }

/** The error of a SQL file that could not be applied: where, what and why, as one message for people and as data. */
export function sqlFileFailed(file: Source, offset: number, failure: Failure): PorticoError {
  const line = lineAt(file.text, offset)
  const { message, statement, exact, detail, hint, sqlstate, cause } = failure
  const text = [
    `${file.name}:${line}: ${message}`,
    ...(exact ? excerpt(file.text, offset, line) : []),
    ...(statement ? [`  statement: ${shorten(statement)}`] : []),
    ...(detail ? [`  detail: ${detail}`] : []),
    ...(hint ? [`  hint: ${hint}`] : []),
  ].join('\n')
  const details = {
    file: file.name,
    line,
    statement: statement && shorten(statement),
    reason: message,
    detail,
    hint,
    sqlstate,
  }
  return new PorticoError('SQL_FILE_FAILED', { message: text, details, cause })
}

/**
 * What to throw for a statement that failed: the position that Postgres gives, an extension that is not to be had, or
 * the error itself if it is not about the statement (the connection is gone).
 */
export function statementFailed(file: Source, statement: Statement, error: unknown, kept?: string): unknown {
  if (!(error instanceof pg.DatabaseError)) return error
  const at = statement.offset + unitsBefore(statement.text, Number(error.position ?? 1))
  const extension = unavailableExtension(error)
  if (extension !== undefined)
    return extensionUnavailable(file, at, extension, statement.words[0] === 'do' && hasStandIn(extension))
  return sqlFileFailed(file, at, {
    message: error.message,
    statement: statement.text,
    exact: error.position !== undefined,
    detail: error.detail,
    hint:
      [error.hint, error.where && `in ${error.where.split('\n', 1)[0]}`, kept].filter(Boolean).join('; ') || undefined,
    sqlstate: error.code,
    cause: error,
  })
}

/** The extension that the server says it does not have. */
export function unavailableExtension(error: unknown): string | undefined {
  if (!(error instanceof pg.DatabaseError)) return undefined
  return /^extension "(.+)" is not available$/.exec(error.message)?.[1]
}

function extensionUnavailable(file: Source, offset: number, extension: string, inBlock: boolean): PorticoError {
  const line = lineAt(file.text, offset)
  return new PorticoError('EXTENSION_UNAVAILABLE', {
    message:
      `${file.name}:${line}: the extension ${extension} is not available in this database.\n` +
      (inBlock
        ? '  hint: a stand-in can take its place where `create extension` is a statement of its own, outside of the block'
        : '  hint: start with --db-url and a Postgres server that has it installed, or leave the statement out'),
    details: { file: file.name, line, extension },
  })
}

/** 1 for the first line. */
function lineAt(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line++
  return line
}

/** So many characters of a line are shown, around the place. */
const shown = 100

/** The line of a place, and below it a caret, as a compiler shows them. */
function excerpt(text: string, offset: number, line: number): string[] {
  const begin = text.lastIndexOf('\n', offset - 1) + 1
  const [whole = ''] = text.slice(begin).split(/\r?\n/, 1)
  const from = Math.max(0, Math.min(offset - begin - shown / 2, whole.length - shown))
  const part = whole.slice(from, from + shown)
  // Tabs stay, so that the caret stands where the terminal has the place.
  const before = part.slice(0, offset - begin - from).replaceAll(/[^\t]/g, ' ')
  const number = String(line)
  return [`  ${number} | ${part}`, `  ${' '.repeat(number.length)} | ${before}^`]
}

/** Postgres counts characters from 1; JavaScript counts UTF-16 units from 0. */
function unitsBefore(text: string, position: number): number {
  let units = 0
  let left = position - 1
  for (const character of text) {
    if (left-- <= 0) break
    units += character.length
  }
  return units
}

function shorten(statement: string): string {
  const line = statement.replaceAll(/\s+/g, ' ')
  return line.length > 200 ? `${line.slice(0, 200)}…` : line
}
