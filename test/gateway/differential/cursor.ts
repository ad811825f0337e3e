import type { Term } from './operation.ts'
import type { Scalar, Value } from './values.ts'
import type { Table } from './world.ts'

/** The terms of an order with their types, the key behind them where it is not among them. */
export function fullOrder(table: Table, order: readonly Term[]): { readonly term: Term; readonly type: Scalar }[] {
  const [id] = table.columns
  const ordered = order.some((term) => term.kind === 'column' && term.column === id)
  const all: Term[] =
    ordered || !id ? [...order] : [...order, { kind: 'column', column: id, direction: 'AscNullsLast' }]
  return all.map((term) => ({ term, type: term.kind === 'count' ? 'bigint' : term.column.type }))
}

/** A cursor as it is documented: base64 of a JSON array of a row's values, in the order's order. */
export function cursorText(table: Table, order: readonly Term[], values: readonly Value[]): string {
  const parts = fullOrder(table, order).map(({ type }, i) => jsonText(type, values[i] ?? null))
  return Buffer.from(`[${parts.join(', ')}]`).toString('base64')
}

function jsonText(type: Scalar, value: Value): string {
  return type === 'bigint' || type === 'numeric' ? String(value) : JSON.stringify(value)
}
