import { sql } from 'kysely'
import { column, comparisons, type Fragment, qualified, whereSql } from '#database'
import type { ValueType } from '../model/index.ts'
import type { Condition, Cursor, Operator, OrderTerm, Value } from '../plan/index.ts'
import { parameter, tableRef } from './fragment.ts'
import { joinSql } from './join.ts'
import { jsonConditionSql } from './json-condition.ts'
import { termSql } from './order.ts'
import type { Compilation } from './row-source.ts'
import { textSearchSql } from './text-search.ts'

/** A filter over the row called `alias`, as a boolean expression. */
export function conditionSql(condition: Condition, alias: string, compilation: Compilation): Fragment {
  switch (condition.kind) {
    case 'all':
    case 'any': {
      const of = condition.of.map((inner) => conditionSql(inner, alias, compilation))
      return sql`(${sql.join(of, condition.kind === 'all' ? sql` and ` : sql` or `)})`
    }
    case 'not':
      return sql`not ${conditionSql(condition.of, alias, compilation)}`
    case 'isNull':
      return condition.not
        ? sql`${column(alias, condition.field.column.name)} is not null`
        : sql`${column(alias, condition.field.column.name)} is null`
    case 'compare':
      return compareSql(
        column(alias, condition.field.column.name),
        condition.field.type,
        condition.operator,
        condition.value,
      )
    case 'related':
      return related(condition, alias, compilation)
    case 'textSearch':
      return textSearchSql(condition, alias)
    case 'json':
      return jsonConditionSql(condition, alias)
    case 'never':
      return sql`false`
  }
}

/** Looks at the related rows that the caller may see, as any other read of them. */
function related(
  { relation, quantifier, of }: Condition & { kind: 'related' },
  alias: string,
  compilation: Compilation,
): Fragment {
  const other = compilation.alias()
  const own = joinSql(relation, alias, other)
  const inner = of && conditionSql(of, other, compilation)
  // What is unknown does not hold.
  const wanted = quantifier === 'every' ? [sql`(${inner ?? sql`true`}) is not true`] : inner ? [inner] : []
  const exists = sql`exists (select from ${tableRef(relation.to())} as ${sql.id(other)}${whereSql([...own, ...wanted])})`
  return quantifier === 'some' ? exists : sql`not ${exists}`
}

const textual: readonly Operator[] = ['like', 'ilike', 'regex', 'iregex', 'startsWith']

/** A comparison of any value of a type. */
export function compareSql(left: Fragment, type: ValueType, operator: Operator, value: Value): Fragment {
  if (operator === 'in') {
    return sql`${left} = any(cast(${parameter({ kind: 'list', value, type })} as ${qualified(type.pg)}[]))`
  }
  if (operator === 'startsWith')
    return sql`starts_with(${left}::text, cast(${parameter({ kind: 'value', value, type })} as text))`
  const right = parameter({ kind: 'value', value, type })
  const cast = textual.includes(operator) && type.pg.name !== 'citext' ? sql`text` : qualified(type.pg)
  return sql`${left} ${comparisons[operator]} cast(${right} as ${cast})`
}

/**
 * Rows strictly after a cursor in the given order (strictly before it, when `reversed`).
 * A row comparison where the order allows one, since an index can answer it; otherwise term by term, nulls included.
 */
export function beyondCursor(
  whole: readonly OrderTerm[],
  { value: cursor, terms: size }: Cursor,
  alias: string,
  reversed: boolean,
): Fragment {
  const order = whole.slice(0, size)
  const values = order.map(
    ({ field }, index) =>
      sql`cast(${parameter({ kind: 'cursor', value: cursor, index, size })} as ${qualified(field.type.pg)})`,
  )
  const columns = order.map((term, i) => termSql(term, i, alias))
  const uniform = order.every(({ field, descending }) => field.column.notNull && descending === order[0]?.descending)
  if (uniform) {
    const operator = order[0]?.descending !== reversed ? sql`<` : sql`>`
    return sql`(${sql.join(columns)}) ${operator} (${sql.join(values)})`
  }
  const steps = order.map((term, i) => {
    const equal = columns.slice(0, i).map((left, j) => sql`${left} is not distinct from ${values[j]}`)
    return sql`(${sql.join([...equal, beyond(term, columns[i] as Fragment, values[i] as Fragment, reversed)], sql` and `)})`
  })
  return sql`(${sql.join(steps, sql` or `)})`
}

function beyond(
  { field, descending, nullsFirst }: OrderTerm,
  left: Fragment,
  value: Fragment,
  reversed: boolean,
): Fragment {
  const comparison = sql`${left} ${descending !== reversed ? sql`<` : sql`>`} ${value}`
  if (field.column.notNull) return comparison
  return nullsFirst !== reversed
    ? sql`(${comparison} or (${value} is null and ${left} is not null))`
    : sql`(${comparison} or (${value} is not null and ${left} is null))`
}
