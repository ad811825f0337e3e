import { sql } from 'kysely'
import { column, concat, type Fragment, objectText, type Text } from '#database'
import type { ScalarName, ValueType } from '../model/index.ts'
import type { Aggregated, AggregateField } from '../plan/index.ts'

type Kind = 'sum' | 'avg' | 'min' | 'max'

/** The JSON text of a connection's aggregates, in one pass over the rows that match. */
export function aggregateJson(fields: readonly AggregateField[], alias: string, rows: Fragment): Fragment {
  return sql`(select ${concat(aggregateText(fields, alias))} from ${rows})`
}

/** The same for what is selected from already: the rows of a group. */
export function aggregateText(fields: readonly AggregateField[], alias: string): Text[] {
  return objectText(
    fields.map((field): [string, Text | readonly Text[]] => {
      if (field.kind === 'constant') return [field.key, field.json]
      if (field.kind === 'count') return [field.key, sql`count(*)::text`]
      const columns = field.columns.map((part): [string, Text] => {
        if (part.kind === 'constant') return [part.key, part.json]
        return [part.key, aggregate(field.kind, column(alias, part.field.column.name), part.field.type)]
      })
      return [field.key, objectText(columns)]
    }),
  )
}

/** What an aggregate is compared as. */
export function typeOfCall(aggregated: Aggregated): ValueType {
  if (aggregated.kind === 'count') return scalar('BigInt', 'int8')
  const { kind, field } = aggregated
  if (kind === 'sum' || kind === 'avg')
    return scalarOf(field.type) === 'Float' ? scalar('Float', 'float8') : scalar('BigFloat', 'numeric')
  return scalarOf(field.type) === 'String' ? scalar('String', 'text') : field.type
}

function scalar(name: ScalarName, pg: string): ValueType {
  return { kind: 'scalar', scalar: name, pg: { schema: 'pg_catalog', name: pg } }
}

function aggregate(kind: Kind, value: Fragment, type: ValueType): Fragment {
  return sql`coalesce(to_json(${callSql(kind, value, type)})::text, 'null')`
}

export function callSql(kind: Kind, value: Fragment, type: ValueType): Fragment {
  const scalar = scalarOf(type)
  // Booleans have an order, but no min and max.
  if (scalar === 'Boolean') return kind === 'min' ? sql`bool_and(${value})` : sql`bool_or(${value})`
  const ordered = scalar === 'String' ? sql`${value}::text` : value
  switch (kind) {
    case 'sum':
      return sql`sum(${value})`
    case 'avg':
      return sql`avg(${value})`
    case 'min':
      return sql`min(${ordered})`
    case 'max':
      return sql`max(${ordered})`
  }
}

function scalarOf(type: { kind: string; scalar?: string }): string {
  return type.scalar ?? type.kind
}
