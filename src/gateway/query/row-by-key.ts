import { sql } from 'kysely'
import { column, type Fragment, whereSql } from '#database'
import type { ColumnField, Entity } from '../model/index.ts'
import { tableRef } from './fragment.ts'

/**
 * What is said of the row that a key names; null where there is none. Each is looked up by itself: how many are asked for
 * the planner does not know, and of a join with a list of unknown length it may read all rows that a policy shows.
 *
 * @param key one of the entity's
 * @param value what a column of the key is to be
 */
export function rowByKey(
  entity: Entity,
  key: readonly ColumnField[],
  alias: string,
  said: Fragment,
  value: (field: ColumnField, index: number) => Fragment,
): Fragment {
  const match = key.map((field, i) => sql`${column(alias, field.column.name)} = ${value(field, i)}`)
  return sql`(select ${said} from ${tableRef(entity)} as ${sql.id(alias)}${whereSql(match)} limit 1)`
}
