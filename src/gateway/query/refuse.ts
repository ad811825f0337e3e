import { sql } from 'kysely'
import type { Fragment } from '#database'

const mark = 'portico: '

/**
 * An expression that fails, and thereby undoes the transaction: a cast that cannot be, of what the client is to be
 * told. The count keeps Postgres from trying it before there is a row.
 */
export function refuse(reason: string): Fragment {
  return sql`(${sql.lit(`${mark}${reason} #`)} || count(*))::int::text`
}

/** What {@link refuse} said, out of Postgres' message. */
export function refusalIn(message: string): string | undefined {
  return /"portico: (.*) #\d+"$/s.exec(message)?.[1]
}
