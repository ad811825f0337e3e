import type pg from 'pg'
import { errorMessage } from '#errors'
import type { Query } from './script.ts'

/** psql's exit status: 0, 2 for a connection that is gone, 3 for an error in the file. */
export type Status = 0 | 2 | 3

/** An error that was told already, and ends the file or what included it. */
export class Ended extends Error {
  readonly status: Status
  constructor(status: Status) {
    super('ended')
    this.status = status
  }
}

/** A statement that the server refused. */
export class Failed extends Error {
  declare readonly cause: pg.DatabaseError
  /** Of the file, by what the server says of the place. */
  readonly line: number
  constructor({ text, line }: Query, cause: pg.DatabaseError) {
    super(cause.message, { cause })
    const before = cause.position === undefined ? '' : text.slice(0, Number(cause.position) - 1)
    this.line = line + before.split('\n').length - 1
  }
}

/** Whether the session cannot go on. */
export function isLost(error: unknown): boolean {
  if (error instanceof Failed) return error.cause.severity === 'FATAL'
  return /connection terminated|not queryable|ECONNRESET|EPIPE/i.test(errorMessage(error))
}

/** An error in the lines in which psql tells it. */
export function linesOf(error: unknown, place: string): readonly string[] {
  const cause = error instanceof Failed ? error.cause : undefined
  const parts = [
    ['DETAIL', cause?.detail],
    ['HINT', cause?.hint],
    ['CONTEXT', cause?.where],
  ]
  return [
    `${place}${cause?.severity ?? 'ERROR'}:  ${errorMessage(error)}`,
    ...parts.flatMap(([label, text]) => (text ? [`${label}:  ${text}`] : [])),
  ]
}
