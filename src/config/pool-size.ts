import type { Report } from './report.ts'

/** More than any Postgres serves well. */
const most = 1000

/** `PORTICO_DB_POOL`: connections to the database for callers' statements; named after PostgREST's `db-pool`. */
export function readPoolSize(written: string | undefined, report: Report): number | undefined {
  if (!written) return undefined
  const size = Number(written)
  if (!/^\d+$/.test(written) || size < 1 || size > most) {
    report.mistakeIn('PORTICO_DB_POOL', `a number of connections between 1 and ${most}`, written)
    return undefined
  }
  return size
}
