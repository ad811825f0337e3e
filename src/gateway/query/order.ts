import { sql } from 'kysely'
import { column, type Fragment, whereSql } from '#database'
import type { Relation } from '../model/index.ts'
import type { OrderTerm } from '../plan/index.ts'
import { tableRef } from './fragment.ts'
import { joinSql } from './join.ts'

/** The value that the term at `index` of an order has for the row called `alias`. */
export function termSql({ field, through }: OrderTerm, index: number, alias: string): Fragment {
  return through
    ? column(lastAlias(alias, index), through.counted ? 'count' : field.column.name)
    : column(alias, field.column.name)
}

/** The terms of an order, to go after `order by`. */
export function orderSql(order: readonly OrderTerm[], alias: string, reversed: boolean): Fragment {
  const terms = order.map((term, i) => {
    const down = term.descending !== reversed
    const first = term.nullsFirst !== reversed
    // Said only where it is not Postgres' own habit, or the plain index would not serve.
    const nulls = term.field.column.notNull || first === down ? sql`` : first ? sql` nulls first` : sql` nulls last`
    return sql`${termSql(term, i, alias)}${down ? sql` desc` : sql``}${nulls}`
  })
  return sql.join(terms)
}

/**
 * Joins what an order looks at of related rows: a row of the table stays one row, whatever it is related to. What the
 * caller may not see is not there, as everywhere.
 *
 * @param isAll all rows of the table are put in order, not some that a condition leaves
 */
export function orderJoins(order: readonly OrderTerm[], alias: string, isAll: boolean): Fragment {
  const joins = order.flatMap(({ field, through }, index) => {
    if (!through) return []
    const { path, certain, counted } = through
    const aliases = path.map((_, step) => `${alias}_${index}_${step}`)
    const toOne = path.map((relation, step) => {
      const next = path[step + 1] ?? counted
      const wanted = next ? next.from.columns : [field.column.name]
      const to = step === path.length - 1 && !counted ? lastAlias(alias, index) : (aliases[step] ?? '')
      return joinOne(relation, step < certain, step === 0 ? alias : (aliases[step - 1] ?? ''), to, wanted)
    })
    const join = isAll && path.length === 0 && counted?.sameTypes ? joinCounts : joinCount
    const toMany = counted ? [join(counted, aliases.at(-1) ?? alias, lastAlias(alias, index))] : []
    return [...toOne, ...toMany]
  })
  return joins.length > 0 ? sql.join(joins, sql``) : sql``
}

function lastAlias(alias: string, index: number): string {
  return `${alias}_${index}`
}

function joinOne(relation: Relation, isInner: boolean, from: string, to: string, columns: readonly string[]): Fragment {
  const target = relation.to()
  const { uniques, inherited } = target.table
  if (!inherited && uniques.some((unique) => unique.every((name) => relation.toColumns.includes(name))))
    return sql`${isInner ? sql` join` : sql` left join`} ${tableRef(target)} as ${sql.id(to)} on ${sql.join(joinSql(relation, from, to), sql` and `)}`
  // A view has no constraint that would keep its rows apart, and the rows of tables that inherit are kept apart by none.
  const wanted = sql.join(columns.map((name) => sql.id('related', name)))
  const own = whereSql(joinSql(relation, from, 'related'))
  return sql` left join lateral (select ${wanted} from ${tableRef(target)} as related${own} limit 1) as ${sql.id(to)} on true`
}

/** Counts row by row: an index on the foreign key finds those of each. */
function joinCount(relation: Relation, from: string, to: string): Fragment {
  const own = whereSql(joinSql(relation, from, 'related'))
  return sql` cross join lateral (select count(*) from ${tableRef(relation.to())} as related${own}) as ${sql.id(to)}`
}

/** The same for so many rows that all counts in one pass are cheaper; what is equal to a row's key has to group as one. */
function joinCounts(relation: Relation, from: string, to: string): Fragment {
  const counts = `${to}_all`
  const keys = sql.join(relation.toColumns.map((name) => column('related', name)))
  const own = sql.join(joinSql(relation, from, counts), sql` and `)
  return sql` left join (select ${keys}, count(*) as n from ${tableRef(relation.to())} as related group by ${keys}) as ${sql.id(counts)} on ${own} cross join lateral (select coalesce(${column(counts, 'n')}, 0) as count) as ${sql.id(to)}`
}
