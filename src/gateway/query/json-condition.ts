import { sql } from 'kysely'
import { column, comparisons, type Fragment, qualified } from '#database'
import type { Condition } from '../plan/index.ts'
import { parameter } from './fragment.ts'

/** A condition on a JSON document, or on the part of it that lies at a path. */
export function jsonConditionSql(condition: Condition & { kind: 'json' }, alias: string): Fragment {
  const { field, at, operator, value } = condition
  const own = column(alias, field.column.name)
  const document = field.type.pg.name === 'jsonb' ? own : sql`${own}::jsonb`
  const path = at.length > 0 && sql`cast(array[${sql.join(at.map((key) => sql.lit(key)))}] as text[])`
  const part = path ? sql`${document} #> ${path}` : document
  // Null where there is nothing and where JSON says null.
  const text = path ? sql`${document} #>> ${path}` : sql`${document} #>> '{}'`
  const operand = (name: 'jsonb' | 'text' | 'jsonpath') =>
    sql`cast(${parameter({ kind: 'value', value, type: typeNamed(name) })} as ${qualified(typeNamed(name).pg)})`
  const list = (name: 'jsonb' | 'text') =>
    sql`cast(${parameter({ kind: 'list', value, type: typeNamed(name) })} as ${qualified(typeNamed(name).pg)}[])`

  switch (operator) {
    case 'eq':
    case 'neq':
    case 'contains':
    case 'containedBy':
      return sql`(${part}) ${comparisons[operator]} ${operand('jsonb')}`
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte': {
      // Numbers are compared with numbers and texts with texts; Postgres would order one before the other.
      const bound = operand('jsonb')
      return sql`(jsonb_typeof(${part}) = jsonb_typeof(${bound}) and (${part}) ${comparisons[operator]} ${bound})`
    }
    case 'like':
    case 'ilike':
    case 'regex':
    case 'iregex':
      return sql`(${text}) ${comparisons[operator]} ${operand('text')}`
    case 'in':
      return sql`(${part}) = any(${list('jsonb')})`
    case 'startsWith':
      return sql`starts_with(${text}, ${operand('text')})`
    case 'hasKey':
      return sql`(${part}) ? ${operand('text')}`
    case 'hasAllKeys':
      return sql`(${part}) ?& ${list('text')}`
    case 'hasAnyKey':
      return sql`(${part}) ?| ${list('text')}`
    case 'matches':
      return sql`(${part}) @? ${operand('jsonpath')}`
    case 'isNotNull':
      return sql`(${text}) is not null`
    default:
      return sql`(${text}) is null`
  }
}

function typeNamed(name: string) {
  return { kind: 'scalar', scalar: name === 'jsonb' ? 'JSON' : 'String', pg: { schema: 'pg_catalog', name } } as const
}
