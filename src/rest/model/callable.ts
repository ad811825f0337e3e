import type { PgFunction, PgType } from '#database'

const single = new Set(['bytea', 'json', 'jsonb', 'text', 'xml'])

/**
 * Whether a request can call it: by the names of its arguments, or with a body that is its one unnamed argument.
 * Triggers cannot be called by anyone.
 */
export function isCallable(fn: PgFunction, types: ReadonlyMap<number, PgType>): boolean {
  const typeOf = (oid: number) => types.get(oid)
  const returned = typeOf(fn.returns)?.name
  if (returned === 'trigger' || returned === 'event_trigger') return false
  const unnamed = fn.arguments.filter(({ name }) => name === null)
  if (unnamed.length === 0) return true
  const type = typeOf(unnamed[0]?.type ?? 0)
  return fn.arguments.length === 1 && type?.schema === 'pg_catalog' && single.has(type.name)
}
