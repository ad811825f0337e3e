import { sql } from 'kysely'
import { column, type Fragment, qualified } from '#database'
import type { ColumnPairs } from '../model/index.ts'
import type { Node, Order } from '../plan/index.ts'
import { conditionSql } from './condition.ts'
import type { JoinedRows } from './joined-rows.ts'
import { type Base, type Compilation, direct, joined, type RowSource } from './row-source.ts'
import { columnValue } from './value.ts'

/** All rows of a table. */
export function tableBase({ table, name }: Node, compilation: Compilation): Base {
  const alias = compilation.alias(name)
  return {
    ...direct(alias),
    from: sql`${qualified(table ?? { schema: '', name })} as ${sql.id(alias)}`,
    conditions: [],
  }
}

/** The rows of an embedded resource that belong to a row of its parent. */
export function embeddedBase({ relationship: one, name }: Node, parent: RowSource, compilation: Compilation): Base {
  if (!one) throw new Error(`${name} is not embedded`)
  const alias = compilation.alias(`${one.to.name}_1`)
  const row = direct(alias)
  const table = sql`${qualified(one.to)} as ${sql.id(alias)}`
  const joined = (pairs: ColumnPairs, far: string, near: RowSource) =>
    pairs.map(([a, b]) => sql`${column(far, b)} = ${near.column(a)}`)
  switch (one.kind) {
    case 'computed': {
      return { ...row, from: sql`${qualified(one.fn)}(${parent.whole()}) as ${sql.id(alias)}`, conditions: [] }
    }
    case 'many-to-many': {
      const { junction } = one
      const between = compilation.alias(`${junction.name}_1`)
      return {
        ...row,
        from: sql`${table}, ${qualified(junction)} as ${sql.id(between)}`,
        conditions: [...joined(junction.near, between, parent), ...joined(junction.far, between, row)],
      }
    }
    default:
      return { ...row, from: table, conditions: joined(one.columns, alias, parent) }
  }
}

/** Everything that a node's rows have to meet: their parent, its filters, and rows of what is embedded with `!inner`, unless joined. */
export function conditionsOf(node: Node, base: Base, compilation: Compilation, joins?: JoinedRows): Fragment[] {
  const exists = (embed: Node) => {
    const inner = embeddedBase(embed, base, compilation)
    return sql`exists (select from ${inner.from} where ${sql.join(conditionsOf(embed, inner, compilation), sql` and `)})`
  }
  const hasRows = (key: string) => {
    const embed = node.embeds.find((one) => one.key === key)
    return embed ? exists(embed) : sql`false`
  }
  const where = [
    ...base.conditions,
    ...node.where.map((condition) => conditionSql(condition, base, hasRows, compilation)),
    ...node.embeds.filter((embed) => embed.join === 'inner' && !joins?.has(embed)).map(exists),
  ]
  // A computed relationship needs no condition, but `where` does.
  return where.length === 0 && node.relationship ? [sql`true`] : where
}

export function orderSql({ order }: Node, value: (term: Order) => Fragment): Fragment {
  if (order.length === 0) return sql``
  const terms = order.map((term) => {
    const { descending, nulls } = term
    const last = nulls === undefined ? sql`` : nulls === 'first' ? sql` nulls first` : sql` nulls last`
    return sql`${value(term)}${descending ? sql` desc` : sql``}${last}`
  })
  return sql` order by ${sql.join(terms)}`
}

/** What an order term reads: a column of the row, or of the one row of a to-one resource, which is joined or looked up. */
export function orderValue(
  { embed, column: wanted }: Order,
  node: Node,
  base: Base,
  compilation: Compilation,
  joins?: JoinedRows,
): Fragment {
  const from = node.embeds.find(({ key }) => key === embed)
  if (!from) return columnValue(base, wanted, compilation).sql
  // A name given to a selected column is as good as its own.
  const named = from.fields.find(({ key }) => key === wanted.name)?.column ?? wanted
  const valueIn = (row: RowSource) => columnValue(row, named, compilation).sql
  const row = joins?.get(from)
  return row ? valueIn(row) : onlyRow(from, base, compilation, valueIn)
}

/** A value of the one row that a to-one resource has; null without. */
export function onlyRow(
  node: Node,
  parent: RowSource,
  compilation: Compilation,
  value: (row: RowSource, joins: Fragment[]) => Fragment,
): Fragment {
  const base = embeddedBase(node, parent, compilation)
  const where = conditionsOf(node, base, compilation)
  const joins: Fragment[] = []
  const found = value(base, joins)
  return sql`(select ${found} from ${base.from}${joined(joins)} where ${sql.join(where, sql` and `)}${limitSql({ limit: 1, offset: node.offset })})`
}

export function limitSql({ limit, offset }: Pick<Node, 'limit' | 'offset'>): Fragment {
  const most = limit === undefined ? sql`` : sql` limit ${sql.lit(limit)}`
  return offset > 0 ? sql`${most} offset ${sql.lit(offset)}` : most
}
