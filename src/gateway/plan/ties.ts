import type { ColumnField, Entity } from '../model/index.ts'
import type { Cursor, OrderTerm } from './plan.ts'

/**
 * The key behind an order, which decides between rows that agree in it: ascending, unless an index holds this order with the
 * key in another direction. Then Postgres reads a page from the index as it is, and finds the next by one comparison.
 */
export function ties(order: readonly OrderTerm[], { key, table }: Entity): OrderTerm[] {
  const missing = key.filter((field) => !order.some((term) => term.field === field && !term.through))
  const ascending = missing.map((field) => tie(field, false))
  if (order.length === 0 || order.some(({ through }) => through)) return ascending
  const held = table.indexes.flatMap((index) => directions(index, order, missing) ?? [])
  const descends = held.some((each) => !each.includes(true)) ? undefined : held[0]
  return descends ? missing.map((field, i) => tie(field, descends[i] ?? false)) : ascending
}

/** The order with its ties as they were decided for the page before, whichever indexes have come or gone since. */
export function tiesAsAt({ descending }: Cursor, order: readonly OrderTerm[]): OrderTerm[] {
  const ways = descending.values()
  return order.map((term) => (term.isTie ? tie(term.field, ways.next().value ?? false) : term))
}

/** Which columns of the key descend where the index, from some column on, is read in this order; undefined where it cannot be. */
function directions(
  index: Entity['table']['indexes'][number],
  order: readonly OrderTerm[],
  key: readonly ColumnField[],
): [boolean[]] | undefined {
  const from = index.length - order.length - key.length
  if (from < 0) return undefined
  const [ordering, rest] = [index.slice(from, from + order.length), index.slice(from + order.length)]
  const backward = ordering[0]?.descending !== order[0]?.descending
  const isHeld =
    ordering.every(({ column, descending, nullsFirst }, i) => {
      const term = order[i]
      if (term?.field.column.name !== column || (descending !== term.descending) !== backward) return false
      return term.field.column.notNull || (nullsFirst !== term.nullsFirst) === backward
    }) && rest.every(({ column }, i) => column === key[i]?.column.name)
  return isHeld ? [rest.map(({ descending }) => descending !== backward)] : undefined
}

function tie(field: ColumnField, descending: boolean): OrderTerm {
  return { field, descending, nullsFirst: descending, isTie: true }
}
