import { type PgType, spokenTypeName } from '#database'

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
  if (type.schema === 'pg_catalog') return spokenTypeName(type.name)
  return searchPath.includes(type.schema) ? type.name : `${type.schema}.${type.name}`
}
