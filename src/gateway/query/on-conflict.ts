import { sql } from 'kysely'
import { type Fragment, whereSql } from '#database'
import type { OnConflict } from '../plan/index.ts'
import { conditionSql } from './condition.ts'
import type { Compilation } from './row-source.ts'

/** What an insert does where the key is taken. */
export function conflictSql({ constraint, update, filter }: OnConflict, compilation: Compilation): Fragment {
  const target = sql` on conflict (${sql.join(constraint.map((name) => sql.id(name)))})`
  if (update.length === 0) return sql`${target} do nothing`
  const set = update.map(({ column: { name } }) => sql`${sql.id(name)} = ${sql.id('excluded', name)}`)
  const where = filter ? whereSql([conditionSql(filter, 'target', compilation)]) : sql``
  return sql`${target} do update set ${sql.join(set)}${where}`
}
