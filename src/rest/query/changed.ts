import { sql } from 'kysely'
import { type Fragment, qualified, whereSql } from '#database'
import type { ChangePlan } from '../plan/index.ts'
import { conditionSql } from './condition.ts'
import { givenList, givenRows } from './given-rows.ts'
import { type Base, type Compilation, columnList, direct, type RowSource, selected } from './row-source.ts'

const counter = 'portico.inserted'

/** The rows of a change, and the change itself once it is known which of their columns are read. */
export function changedRows(plan: ChangePlan, compilation: Compilation): { base: Base; change(): Fragment } {
  const target = compilation.alias(plan.table.name)
  const returned = new Map<string, Fragment>()
  const base = selected(target, direct(target), returned)
  return {
    base: { ...base, from: sql`${sql.id('portico changed')} as ${sql.id(target)}`, conditions: [] },
    change: () => sql`${changeSql(plan, target, compilation)} returning ${columnList(returned)}`,
  }
}

/** What a plan changes, in the table by another name. */
export function changeSql(plan: ChangePlan, target: string, compilation: Compilation): Fragment {
  const table = sql`${qualified(plan.table)} as ${sql.id(target)}`
  const where = (row: RowSource) =>
    plan.where.map((condition) => conditionSql(condition, row, () => sql`false`, compilation))
  const names = plan.columns.map(({ name }) => sql.id(name))
  const given = givenRows(plan, compilation)
  const from = given.from ? sql` from ${given.from}` : sql``
  switch (plan.kind) {
    case 'delete':
      return sql`delete from ${table}${whereSql(where(direct(target)))}`
    case 'update': {
      // Nothing to set changes nothing.
      if (names.length === 0) return sql`delete from ${table} where false`
      const set = plan.columns.map(({ name }) => sql`${sql.id(name)} = ${given.row.column(name)}`)
      return sql`update ${table} set ${sql.join(set)}${from}${whereSql(where(direct(target)))}`
    }
    case 'insert':
    case 'upsert': {
      const counted = plan.conflict?.merge ? [countInserted(1)] : []
      const conditions = whereSql([...(plan.kind === 'upsert' ? where(given.row) : []), ...counted])
      if (names.length === 0) {
        return sql`insert into ${table} select from json_array_elements(${givenList(plan)})${conditions}`
      }
      const values = plan.columns.map(({ name }) => given.row.column(name))
      return sql`insert into ${table} (${sql.join(names)}) select ${sql.join(values)}${from}${conditions}${conflictSql(plan)}`
    }
  }
}

function conflictSql({ conflict, columns }: ChangePlan): Fragment {
  if (!conflict || conflict.columns.length === 0) return sql``
  const target = sql` on conflict (${sql.join(conflict.columns.map((name) => sql.id(name)))})`
  if (!conflict.merge || columns.length === 0) return sql`${target} do nothing`
  const set = columns.map(({ name }) => sql`${sql.id(name)} = ${sql.id('excluded', name)}`)
  return sql`${target} do update set ${sql.join(set)} where ${countInserted(-1)}`
}

/**
 * Counts, in passing, rows that were inserted and not merged: each row adds one on its way in, and takes it back where
 * it meets its conflict. Always true.
 */
function countInserted(step: 1 | -1): Fragment {
  const now = sql`coalesce(nullif(current_setting(${sql.lit(counter)}, true), '')::int, 0) + ${sql.lit(step)}`
  return sql`set_config(${sql.lit(counter)}, (${now})::text, true) is not null`
}

/** How many rows were inserted. */
export const insertedCount = sql`coalesce(nullif(current_setting(${sql.lit(counter)}, true), ''), '0')`
