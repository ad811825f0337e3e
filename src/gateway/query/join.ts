import { sql } from 'kysely'
import { column, type Fragment } from '#database'
import type { Relation } from '../model/index.ts'

/** What makes the row called `to` one that the row called `from` is related to. */
export function joinSql({ from: { columns }, toColumns }: Relation, from: string, to: string): Fragment[] {
  return toColumns.map((name, i) => sql`${column(to, name)} = ${column(from, columns[i] ?? '')}`)
}
