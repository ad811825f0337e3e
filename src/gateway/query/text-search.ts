import { sql } from 'kysely'
import { column, type Fragment, queryParsers } from '#database'
import type { Condition } from '../plan/index.ts'
import { parameter } from './fragment.ts'

/** Full-text search of a text or of a `tsvector`; the configuration is a literal, so that an index by it serves. */
export function textSearchSql({ field, search }: Condition & { kind: 'textSearch' }, alias: string): Fragment {
  const value = column(alias, field.column.name)
  const config = search.config === undefined ? sql`` : sql`${sql.lit(search.config)}::regconfig, `
  const vector = field.type.pg.name === 'tsvector' ? value : sql`to_tsvector(${config}${value}::text)`
  const query = sql`cast(${parameter({ kind: 'value', value: search.query, type: text })} as text)`
  return sql`${vector} @@ ${queryParsers[search.syntax]}(${config}${query})`
}

const text = { kind: 'scalar', scalar: 'String', pg: { schema: 'pg_catalog', name: 'text' } } as const
