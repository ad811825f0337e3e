import { sql } from 'kysely'
import { column, type Fragment, qualified, whereSql } from '#database'
import type { ChangePlan } from '../plan/index.ts'
import { conditionSql } from './condition.ts'
import { parameter } from './parameter.ts'
import { type Base, type Compilation, columnList, direct, type RowSource, selected } from './row-source.ts'

const counter = 'portico.inserted'
const payload = parameter({ from: 'payload' })

/** The rows of a change, and the change itself once it is known which of their columns are read. */
export function changedRows(plan: ChangePlan, compilation: Compilation): { base: Base; change(): Fragment } {
  const target = compilation.alias(plan.table.name)
  const body = compilation.alias('portico body')
  const returned = new Map<string, Fragment>()
  const base = selected(target, direct(target), returned)
  return {
    base: { ...base, from: sql`${sql.id('portico changed')} as ${sql.id(target)}`, conditions: [] },
    change: () => sql`${changeSql(plan, target, body, compilation)} returning ${columnList(returned)}`,
  }
}

function changeSql(plan: ChangePlan, target: string, body: string, compilation: Compilation): Fragment {
  const table = sql`${qualified(plan.table)} as ${sql.id(target)}`
  const where = (row: RowSource) =>
    plan.where.map((condition) => conditionSql(condition, row, () => sql`false`, compilation))
  const names = plan.columns.map(({ name }) => sql.id(name))
  const given = readRow(plan, body)
  switch (plan.kind) {
    case 'delete':
      return sql`delete from ${table}${whereSql(where(direct(target)))}`
    case 'update': {
      // Nothing to set changes nothing.
      if (names.length === 0) return sql`delete from ${table} where false`
      const set = plan.columns.map(({ name }) => sql`${sql.id(name)} = ${given.column(name)}`)
      return sql`update ${table} set ${sql.join(set)} from ${bodyRows(plan, body, compilation)}${whereSql(where(direct(target)))}`
    }
    case 'insert':
    case 'upsert': {
      const counted = plan.conflict?.merge ? [countInserted(1)] : []
      const conditions = whereSql([...(plan.kind === 'upsert' ? where(given) : []), ...counted])
      if (names.length === 0) {
        return sql`insert into ${table} select from json_array_elements(${payloadRows(plan)})${conditions}`
      }
      const values = plan.columns.map(({ name }) => given.column(name))
      const from = bodyRows(plan, body, compilation)
      return sql`insert into ${table} (${sql.join(names)}) select ${sql.join(values)} from ${from}${conditions}${conflictSql(plan)}`
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

/** The values of a row of the body, once those are read that are not their types' own affair. */
function readRow({ columns }: ChangePlan, alias: string): RowSource {
  const readers = new Map(columns.map(({ name, read }) => [name, read]))
  return {
    ...direct(alias),
    column(name) {
      const read = readers.get(name)
      return read ? sql`${qualified(read)}(${column(alias, name)})` : column(alias, name)
    },
  }
}

/** The body's objects as rows of the columns they set, in the columns' types. */
function bodyRows(plan: ChangePlan, alias: string, { model }: Compilation): Fragment {
  const columns = plan.columns.map(({ name, type, read }) => {
    const known = model.type(type)
    return sql`${sql.id(name)} ${read ? sql`json` : known ? qualified(known) : sql`text`}`
  })
  const row = sql`${sql.id(alias)}(${sql.join(columns)})`
  if (!plan.missingIsDefault) {
    const read = plan.body === 'array' ? sql`json_to_recordset` : sql`json_to_record`
    return sql`${read}(cast(${payload} as json)) as ${row}`
  }
  const defaults = plan.columns.flatMap(({ name, default: value }) =>
    value === null ? [] : [sql`${sql.lit(name)}, ${sql.raw(value)}`],
  )
  const each = sql.id('portico item')
  const whole = sql`jsonb_build_object(${sql.join(defaults)}) || ${each}.value`
  return sql`jsonb_array_elements(cast(${payloadRows(plan)} as jsonb)) as ${each}(value), lateral jsonb_to_record(${whole}) as ${row}`
}

function payloadRows(plan: ChangePlan): Fragment {
  return plan.body === 'array' ? sql`cast(${payload} as json)` : sql`json_build_array(cast(${payload} as json))`
}
