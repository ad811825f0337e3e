import type { Table } from '#database'
import type { Query } from '../request/index.ts'
import type { RootRows } from './nodes.ts'

export interface PlanSettings {
  /** The most rows of a list; undefined for no limit. */
  readonly maxRows: number | undefined
  readonly aggregates: boolean
  readonly plans: boolean
}

/** An empty `select` means all columns. */
export function allOf(query: Query): Query {
  return query.select.length > 0 ? query : { ...query, select: [{ kind: 'field', field: { name: '*', path: [] } }] }
}

export function rowsOf(table: Table): RootRows {
  return { name: table.name, table, columns: table.columns }
}
