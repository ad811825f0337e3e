import { sql } from 'kysely'
import type { Fragment } from './fragment.ts'

/** How a server version writes JSON scalars: `json_scalar` (17 and later) is the faster. */
export interface JsonDialect {
  scalar(value: Fragment): Fragment
}

/** How a scalar becomes JSON text: `json_scalar` since Postgres 17, `to_json` before. */
export function jsonDialect(serverVersion: number): JsonDialect {
  return serverVersion >= 170000
    ? { scalar: (value) => sql`json_scalar(${value})::text` }
    : { scalar: (value) => sql`to_json(${value})::text` }
}
