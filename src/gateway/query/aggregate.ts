import { sql } from 'kysely'
import { column, concat, type Fragment, objectText, type Text } from '#database'
import type { AggregateField } from '../plan/index.ts'

type Kind = 'sum' | 'avg' | 'min' | 'max'

/** The JSON text of a connection's aggregates, in one pass over the rows that match. */
export function aggregateJson(fields: readonly AggregateField[], alias: string, rows: Fragment): Fragment {
  const body = objectText(
    fields.map((field): [string, Text | readonly Text[]] => {
      if (field.kind === 'typename') return [field.key, `"${field.name}"`]
      if (field.kind === 'count') return [field.key, sql`count(*)::text`]
      const columns = field.columns.map((part): [string, Text] => {
        if (part.kind === 'typename') return [part.key, `"${part.name}"`]
        return [part.key, aggregate(field.kind, column(alias, part.field.column.name), scalarOf(part.field.type))]
      })
      return [field.key, objectText(columns)]
    }),
  )
  return sql`(select ${concat(body)} from ${rows})`
}

function aggregate(kind: Kind, value: Fragment, scalar: string): Fragment {
  return sql`coalesce(to_json(${call(kind, value, scalar)})::text, 'null')`
}

function call(kind: Kind, value: Fragment, scalar: string): Fragment {
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
