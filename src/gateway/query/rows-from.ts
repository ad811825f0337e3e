import { sql } from 'kysely'
import { column, type Fragment, whereSql } from '#database'
import type { OrderTerm, RowsPlan } from '../plan/index.ts'
import { conditionSql } from './condition.ts'
import { orderJoins, orderSql } from './order.ts'
import { type Compilation, type RowSource, wholeRow } from './row-source.ts'
import { from, joinConditions } from './source.ts'

/** Whether all rows of a table are put in order: no condition leaves some of them, nor may a policy. */
export function isOfAll({ source, filter }: RowsPlan): boolean {
  return source.kind === 'table' && !filter && source.entity.wholeSeen
}

/** Where rows of a connection come from. */
interface Origin {
  readonly source: Fragment
  /** Which of the source's they are. */
  readonly matches: readonly Fragment[]
  /** They come in the order of the plan, and to sort them again would have Postgres read them all. */
  readonly sorted: boolean
}

export function rowsFrom(
  plan: RowsPlan,
  parent: RowSource | undefined,
  alias: string,
  compilation: Compilation,
): Origin {
  const { source: origin, filter, distinctOn } = plan
  const all = distinctOn.length > 0 ? compilation.alias() : alias
  const source = from(origin, parent, all)
  const matches = [...joinConditions(origin, parent, all), ...(filter ? [conditionSql(filter, all, compilation)] : [])]
  return distinctOn.length > 0
    ? distinctRows(plan, alias, all, { source, matches })
    : { source, matches, sorted: false }
}

/** Those that come first among their like. */
function distinctRows(
  plan: RowsPlan,
  alias: string,
  all: string,
  { source, matches }: Pick<Origin, 'source' | 'matches'>,
): Origin {
  const { entity, distinctOn, order } = plan
  const isAlike = ({ field, through }: OrderTerm) => !through && distinctOn.includes(field)
  const begins = order.findIndex((term) => !isAlike(term))
  const leading = order.slice(0, begins < 0 ? order.length : begins)
  const others = distinctOn.filter((field) => leading.every((term) => term.field !== field))
  const before = others.map((field) => column(all, field.column.name))
  if (leading.length > 0 && others.length > 0) before.unshift(orderSql(leading, all, false))
  const sorting = sql.join([...before, orderSql(order, all, false)])
  const on = sql.join(distinctOn.map((field) => column(all, field.column.name)))
  const shown = entity.columns.filter(({ readable }) => readable)
  const isWhole = shown.length === entity.table.columns.length
  const columns = isWhole ? wholeRow(all) : sql.join(shown.map((field) => column(all, field.column.name)))
  const rows = sql`select distinct on (${on}) ${columns} from ${source}${orderJoins(order, all, isOfAll(plan))}${whereSql(matches)} order by ${sorting}`
  const sorted = others.length === 0 && order.every(({ through }) => !through)
  return { source: sql`(${rows}) as ${sql.id(alias)}`, matches: [], sorted }
}
