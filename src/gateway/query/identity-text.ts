import { sql } from 'kysely'
import type { Fragment } from '#database'
import type { Entity, ValueType } from '../model/index.ts'
import type { OrderTerm } from '../plan/index.ts'
import type {} from './fragment.ts'
import type { RowSource } from './row-source.ts'

/** A row's `nodeId`: base64 of `["schema", "table", key…]`. */
export function nodeId({ table, key }: Entity, row: RowSource): Fragment {
  const parts = [
    sql`${sql.lit(table.schema)}::text`,
    sql`${sql.lit(table.name)}::text`,
    ...key.map(({ column, type }) => plainText(type, row.column(column.name))),
  ]
  return base64(sql`jsonb_build_array(${sql.join(parts)})::text`)
}

/**
 * A row's place in an order: base64 of the values of its columns, and which way its ties went, unless all ascended.
 *
 * @param whose picks the values of one row, where there are several
 */
export function cursorText(
  order: readonly OrderTerm[],
  read: (term: OrderTerm, index: number) => Fragment,
  whose = (value: Fragment) => value,
): Fragment {
  const values = order.map((term, i) => whose(plainText(term.field.type, read(term, i))))
  const ties = order.filter(({ isTie }) => isTie)
  if (ties.some(({ descending }) => descending)) {
    const ways = ties.map(({ descending }) => (descending ? 'desc' : 'asc'))
    values.push(sql`${sql.lit(JSON.stringify(ways))}::jsonb`)
  }
  return base64(sql`jsonb_build_array(${sql.join(values)})::text`)
}

/** What JSON would take apart goes in as text. */
function plainText(type: ValueType, value: Fragment): Fragment {
  return type.kind === 'list' || (type.kind === 'scalar' && ['JSON', 'Opaque'].includes(type.scalar))
    ? sql`${value}::text`
    : value
}

function base64(text: Fragment): Fragment {
  return sql`translate(encode(convert_to(${text}, 'utf8'), 'base64'), E'\n', '')`
}
