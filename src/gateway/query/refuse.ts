import { sql } from 'kysely'
import type { Fragment } from '#database'

/** `CONFLICT`: asked again, it may be done. */
export type RefusalCode = 'BAD_USER_INPUT' | 'CONFLICT'

export interface Refusal {
  readonly code: RefusalCode
  readonly reason: string
}

/**
 * An expression that fails, and thereby undoes the transaction: a cast that cannot be, of what the client is to be
 * told. The count keeps Postgres from trying it before there is a row.
 */
export function refuse(reason: string, code: RefusalCode = 'BAD_USER_INPUT'): Fragment {
  return sql`(${sql.lit(`portico: ${code}: ${reason} #`)} || count(*))::int::text`
}

/** What {@link refuse} said, out of Postgres' message. */
export function refusalIn(message: string): Refusal | undefined {
  const [, code, reason] = /"portico: (\w+): (.*) #\d+"$/s.exec(message) ?? []
  return code !== undefined && reason !== undefined ? { code: code as RefusalCode, reason } : undefined
}
