import type { Line, TextRow, Wanted } from '../wire/index.ts'

/** SQL with its parameters, as Kysely compiles them. */
export interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}

/** What is asked in one round trip. */
export interface Question<Answer> {
  readonly role: string
  /** What the transaction begins with, before anything is read in it. */
  readonly opening?: Statement | undefined
  /** The first says who the caller is. */
  readonly statements: readonly Statement[]
  readonly collect: () => Collector<Answer>
  /** Whether the statements are run for their answers alone: nothing they did stays. */
  readonly undone: boolean
  /** Whether they only read, and may be asked twice. */
  readonly reads: boolean
}

/** What a round trip makes of the rows that are answered. */
export interface Collector<Answer> {
  readonly wanted: Wanted
  row(statement: number, fields: TextRow): void
  value(statement: number, size: number | null, line: Line): void
  /** False: no more before the line is told to resume. */
  bytes(statement: number, from: Buffer, start: number, end: number): boolean
  /** Nothing more comes. */
  ended(): void
  answer(): Answer
}
