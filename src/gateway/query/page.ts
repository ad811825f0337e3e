import { sql } from 'kysely'
import { type Fragment, type Text, whereSql } from '#database'
import type { RowsPlan, Value } from '../plan/index.ts'
import { parameter } from './fragment.ts'
import { besideCursor } from './keyset.ts'
import { orderSql } from './order.ts'

/** Whether rows are shown as what lies in them, with nothing to look up or to call. */
export function hasPlainRows({ fields }: RowsPlan): boolean {
  const edges = fields.flatMap((field) => (field.kind === 'edges' ? field.fields : []))
  const shown = edges.flatMap((part) => (part.kind === 'node' ? part.object.fields : []))
  return shown.every(({ kind }) => kind === 'column' || kind === 'constant' || kind === 'nodeId')
}

/** Known to Postgres where the document says it, so that it plans for so many. */
export function offsetSql(offset: Value): Fragment {
  if (offset.kind === 'constant') return sql.lit(Number(offset.value))
  return sql`cast(${parameter({ kind: 'value', value: offset, type: bigInt })} as int8)`
}

const bigInt = { kind: 'scalar', scalar: 'BigInt', pg: { schema: 'pg_catalog', name: 'int8' } } as const

/** Whether rows lie on the side that the page came from. */
export function behindSql(
  { page, order }: RowsPlan,
  source: Fragment,
  matches: readonly Fragment[],
  base: string,
): Text {
  const { cursor, backward } = page
  if (!cursor && !page.offset) return 'false'
  const side = { reversed: !backward, inclusive: true }
  const where = whereSql([...matches, ...(cursor ? [besideCursor(order, cursor, base, side)] : [])])
  // The nearest of them, as long as an index may find it: that any one will do would have Postgres look from the start.
  const nearest =
    cursor && order[0] && !order[0].through ? sql` order by ${orderSql([order[0]], base, !backward)}` : sql``
  return sql`case when (select true from ${source}${where}${nearest} limit 1) then 'true' else 'false' end`
}
