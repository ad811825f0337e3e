import { type Bytes, type BytesRow, bytesOf, pieceOf, type TextRow, textOf } from '#database'
import type { Plan } from './plan/index.ts'
import type { Result } from './respond/index.ts'

/** What the main statement answered in its one row, and the planner to the one that asks it. */
export function resultOf(plan: Plan, main: BytesRow | undefined, planned: BytesRow | undefined): Result {
  const { count, maxRows, handler } = plan.answer
  const [rows = null, total = null, headers = null, status = null, location = null, inserted = null] =
    main?.others ?? []
  // A trigger that is newer than the plan may leave out the one row of an insert, and with it its answer.
  const body = main?.bytes ?? (plan.answer.body === 'json' ? bytesOf(pieceOf('[]')) : nothing)
  const counted = total === null ? undefined : Number(total)
  const guessed = planned?.bytes ? plannedRows(textOf(planned.bytes)) : undefined
  const beyond = counted !== undefined && (maxRows === undefined || counted > maxRows)
  return {
    body: handler?.binary ? fromDigits(body) : body,
    rows: Number(rows ?? 0),
    headers,
    status,
    location,
    total: count === 'planned' ? guessed : beyond ? Math.max(counted, guessed ?? 0) : counted,
    inserted: inserted === null ? undefined : Number(inserted),
  }
}

/** The lines of a plan. */
export function explainedResult(lines: readonly TextRow[]): Result {
  return {
    body: bytesOf(pieceOf(`${lines.map(([line]) => line ?? '').join('\n')}\n`)),
    rows: lines.length,
    total: undefined,
    headers: null,
    status: null,
    location: null,
    inserted: undefined,
  }
}

const nothing = bytesOf()

/** Bytes that came as hexadecimal digits. */
function fromDigits(digits: Bytes): Bytes {
  const bytes = bytesOf(Buffer.from(textOf(digits), 'hex'))
  digits.release()
  return bytes
}

function plannedRows(text: string): number | undefined {
  const [explained] = JSON.parse(text) as { Plan?: { 'Plan Rows'?: number } }[]
  return explained?.Plan?.['Plan Rows']
}
