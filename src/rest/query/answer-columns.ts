import { sql } from 'kysely'
import type { Fragment } from '#database'

/** Texts of an answer, as SQL; null for what is left out. */
export interface AnswerColumns {
  readonly body: Fragment
  /** How many rows the body has, and how many there are of them. */
  readonly rows: Fragment
  readonly total?: Fragment
  /** Values of the key of what was inserted, and how many rows were. */
  readonly location?: Fragment
  readonly inserted?: Fragment
}

/** The columns of the one row that a statement answers, what SQL set of headers and status among them. */
export function answerColumns({ body, rows, total, location, inserted }: AnswerColumns): Fragment {
  const none = sql`null`
  return sql.join([body, rows, total ?? none, headers, status, location ?? none, inserted ?? none])
}

const headers = sql`nullif(current_setting('response.headers', true), '')`
const status = sql`nullif(current_setting('response.status', true), '')`
