import type { Direction, Term } from './operation.ts'
import type { Scalar, Value } from './values.ts'
import type { Table } from './world.ts'

/** The terms of an order with their types, the key behind them where it is not among them. */
export function fullOrder(table: Table, order: readonly Term[]): { readonly term: Term; readonly type: Scalar }[] {
  const [id] = table.columns
  const ordered = order.some((term) => term.kind === 'column' && term.column === id)
  const all: Term[] =
    ordered || !id ? [...order] : [...order, { kind: 'column', column: id, direction: keyDirection(table, order) }]
  return all.map((term) => ({ term, type: term.kind === 'count' ? 'bigint' : term.column.type }))
}

/** Rows that agree in an order come by their key: as in the index that holds the order, where there is one. */
function keyDirection({ index }: Table, [term, ...more]: readonly Term[]): Direction {
  if (!index || !term || more.length > 0 || term.kind !== 'column' || term.column.name !== index.column)
    return ascending
  const [forward, backward] = [
    readsAs(index.descending, index.nullsFirst),
    readsAs(!index.descending, !index.nullsFirst),
  ]
  const isLike = (direction: Direction) =>
    term.column.notNull ? direction.slice(0, 3) === term.direction.slice(0, 3) : direction === term.direction
  if (isLike(forward)) return index.keyDescending ? 'DescNullsFirst' : ascending
  return isLike(backward) && !index.keyDescending ? 'DescNullsFirst' : ascending
}

const ascending = 'AscNullsLast'

function readsAs(descending: boolean, nullsFirst: boolean): Direction {
  return `${descending ? 'Desc' : 'Asc'}${nullsFirst ? 'NullsFirst' : 'NullsLast'}`
}

/**
 * A cursor as it is documented: base64 of a JSON array of a row's values, in the order's order, and of `["desc"]` where the
 * key is behind them and descends.
 */
export function cursorText(table: Table, order: readonly Term[], values: readonly Value[]): string {
  const terms = fullOrder(table, order)
  const parts = terms.map(({ type }, i) => jsonText(type, values[i] ?? null))
  const tie = terms[order.length]?.term
  if (tie?.direction.startsWith('Desc')) parts.push('["desc"]')
  return Buffer.from(`[${parts.join(', ')}]`).toString('base64')
}

function jsonText(type: Scalar, value: Value): string {
  return type === 'bigint' || type === 'numeric' ? String(value) : JSON.stringify(value)
}
