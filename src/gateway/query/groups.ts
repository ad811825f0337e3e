import { sql } from 'kysely'
import { column, concat, type Fragment, objectText, type Text, whereSql } from '#database'
import type { ValueType } from '../model/index.ts'
import type { Aggregated, GroupField, GroupKey, GroupsPlan, Having } from '../plan/index.ts'
import { aggregateText, callSql, typeOfCall } from './aggregate.ts'
import { compareSql } from './condition.ts'
import { parameter } from './fragment.ts'
import { jsonText } from './json-text.ts'
import type { Compilation } from './row-source.ts'

/** The JSON text of the groups that the rows called `alias` make. */
export function groupsJson(
  plan: GroupsPlan,
  alias: string,
  source: Fragment,
  matches: readonly Fragment[],
  compilation: Compilation,
): Text[] {
  // Keys have names of their own: as expressions with parameters they would not be told to be the same.
  const keys = compilation.alias()
  const keyOf = (index: number) => sql.id(keys, `k${index}`)
  const keyed = plan.by.map((key, i) => sql`${keySql(key, alias)} as ${sql.id(`k${i}`)}`)
  const all = plan.by.map((_, i) => sql`${keyOf(i)}`)
  const order = plan.order.map(({ by, descending, nullsFirst }) => {
    const value = by.kind === 'key' ? sql`${keyOf(by.index)}` : aggregatedSql(by, alias)
    return sql`${value}${descending ? sql` desc` : sql``}${nullsFirst ? sql` nulls first` : sql` nulls last`}`
  })
  const text = (field: GroupField): Text | readonly Text[] => {
    switch (field.kind) {
      case 'constant':
        return field.json
      case 'aggregate':
        return aggregateText(field.fields, alias)
      case 'groupKey':
        return objectText(
          field.columns.map((part): [string, Text | readonly Text[]] => {
            if (part.kind === 'constant') return [part.key, part.json]
            const index = plan.by.findIndex((key) => key.field === part.field)
            if (index < 0) return [part.key, 'null']
            return [part.key, jsonText(sql`${keyOf(index)}`, part.field.type, false, compilation.json)]
          }),
        )
    }
  }
  const group = concat(objectText(plan.fields.map((field) => [field.key, text(field)])))
  const having = plan.having ? sql` having ${havingSql(plan.having, alias)}` : sql``
  const rows = sql`${source} cross join lateral (select ${sql.join(keyed)}) as ${sql.id(keys)}${whereSql(matches)}`
  const page = sql` limit ${sql.lit(plan.limit)}${plan.offset > 0 ? sql` offset ${sql.lit(plan.offset)}` : sql``}`
  const groups = compilation.alias()
  return [
    '[',
    sql`coalesce((select string_agg(${column(groups, 'text')}, ',') from (select ${group} as text from ${rows} group by ${sql.join(all)}${having} order by ${sql.join([...order, ...all])}${page}) as ${sql.id(groups)}), '')`,
    ']',
  ]
}

/** The value that a row goes into a group by. */
function keySql({ field, bucket, timeZone }: GroupKey, alias: string): Fragment {
  const value = column(alias, field.column.name)
  if (!bucket) return value
  const unit = sql.lit(bucket.toLowerCase())
  if (field.type.pg.name === 'date') return sql`date_trunc(${unit}, ${value}::timestamp)::date`
  if (!timeZone) return sql`date_trunc(${unit}, ${value})`
  const zone = sql`cast(${parameter({ kind: 'value', value: timeZone, type: text })} as text)`
  return sql`date_trunc(${unit}, ${value}, ${zone})`
}

const text: ValueType = { kind: 'scalar', scalar: 'String', pg: { schema: 'pg_catalog', name: 'text' } }

function havingSql(having: Having, alias: string): Fragment {
  switch (having.kind) {
    case 'all':
    case 'any': {
      const of = having.of.map((inner) => havingSql(inner, alias))
      return sql`(${sql.join(of, having.kind === 'all' ? sql` and ` : sql` or `)})`
    }
    case 'not':
      return sql`not ${havingSql(having.of, alias)}`
    case 'isNull':
      return sql`${aggregatedSql(having.aggregated, alias)} is ${having.not ? sql`not null` : sql`null`}`
    case 'compare': {
      const { aggregated, operator, value } = having
      return compareSql(aggregatedSql(aggregated, alias), typeOfCall(aggregated), operator, value)
    }
  }
}

function aggregatedSql(aggregated: Aggregated, alias: string): Fragment {
  if (aggregated.kind === 'count') return sql`count(*)`
  const { kind, field } = aggregated
  return callSql(kind, column(alias, field.column.name), field.type)
}
