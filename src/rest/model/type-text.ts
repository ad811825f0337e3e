import type { PgType } from '#database'

const spoken: Readonly<Record<string, string>> = {
  int2: 'smallint',
  int4: 'integer',
  int8: 'bigint',
  float4: 'real',
  float8: 'double precision',
  bool: 'boolean',
  varchar: 'character varying',
  bpchar: 'character',
  timestamptz: 'timestamp with time zone',
  timestamp: 'timestamp without time zone',
  timetz: 'time with time zone',
  time: 'time without time zone',
  varbit: 'bit varying',
}

/**
 * A type as SQL says it: `integer`, `text[]`, `public.status`.
 *
 * @param searchPath schemas whose names need not be said
 */
export function typeText(type: PgType | undefined, searchPath: readonly string[] = []): string {
  if (!type) return 'unknown'
  if (type.element !== null && type.name.startsWith('_')) {
    return `${typeText({ ...type, element: null, name: type.name.slice(1) }, searchPath)}[]`
  }
  if (type.schema === 'pg_catalog') return spoken[type.name] ?? type.name
  return searchPath.includes(type.schema) ? type.name : `${type.schema}.${type.name}`
}
