import { sql } from 'kysely'
import { concat, type Fragment, qualified, whereSql } from '#database'
import type { ChangePlan, WritePlan } from '../plan/index.ts'
import { answer, looksBeyond } from './answer.ts'
import { conditionSql } from './condition.ts'
import { parameter, tableRef, valueSql } from './fragment.ts'
import { conflictSql } from './on-conflict.ts'
import type { RowColumn } from './parameter.ts'
import { rowByKey } from './row-by-key.ts'
import { type Compilation, directRow, type RowSource } from './row-source.ts'
import { objectJson } from './rows.ts'
import { writeStatements } from './writes.ts'

/** A change that is one statement. */
type FlatPlan = Exclude<ChangePlan, WritePlan>

/** What a failed `atMost` check reads like; the error stage looks for it. */
export const atMostMark = 'impacts too many records'

/**
 * The statements of one change: one, where the answer needs only the changed rows themselves. Where it also needs
 * relations or computed fields, a second reads them in the same transaction, since a statement does not see what it
 * changes itself.
 */
export function changeStatements(plan: ChangePlan, index: number, compilation: Compilation): Fragment[] {
  if (plan.kind === 'write') return writeStatements(plan, index, compilation)
  const needsNewState = plan.kind !== 'delete' && looksBeyond(plan)
  return needsNewState ? inTwo(plan, index, compilation) : [inOne(plan, compilation)]
}

function inOne(plan: FlatPlan, compilation: Compilation): Fragment {
  const returning = new Set<string>()
  const row: RowSource = {
    alias: 'changed',
    stored: true,
    column(name) {
      returning.add(name)
      return sql`${sql.id('changed', name)}`
    },
    // Asked of a deleted row only: the row as it was.
    whole() {
      for (const { column } of plan.entity.columns) returning.add(column.name)
      const values = plan.entity.table.columns.map(({ name }) => sql`${sql.id('changed', name)}`)
      return sql`row(${sql.join(values)})::${tableRef(plan.entity)}`
    },
  }
  const body = answer(
    plan.fields,
    sql`count(*)::text`,
    (object) => sql`string_agg(${concat(objectJson(object, row, compilation))}, ',')`,
  )
  const change = changeSql(plan, returning, compilation)
  return sql`with changed as (${change}) select ${guarded(plan, body)} from changed`
}

function inTwo(plan: FlatPlan, index: number, compilation: Compilation): Fragment[] {
  const setting = sql.lit(`portico.changed_${index}`)
  const keys = plan.entity.key.map(({ column }) => column.name)
  const change = changeSql(plan, new Set(keys), compilation)
  const keyJson = sql`json_build_array(${sql.join(keys.map((name) => sql`${sql.id('changed', name)}::text`))})`
  const kept = sql`set_config(${setting}, coalesce(json_agg(${keyJson})::text, '[]'), true)`

  const alias = compilation.alias()
  const row = directRow(alias, true)
  const list = sql`current_setting(${setting})::json`
  const body = answer(plan.fields, sql`json_array_length(${list})::text`, (object) => {
    const record = concat(objectJson(object, row, compilation))
    const found = rowByKey(
      plan.entity,
      plan.entity.key,
      alias,
      record,
      ({ type }, i) => sql`cast(${sql.id('kept', 'key')} ->> ${sql.lit(i)} as ${qualified(type.pg)})`,
    )
    return sql`(select string_agg(${found}, ',' order by ${sql.id('kept', 'place')})
      from json_array_elements(${list}) with ordinality as kept(key, place))`
  })
  return [sql`with changed as (${change}) select ${guarded(plan, kept)} from changed`, sql`select ${body}`]
}

/** The rows are changed only if they are few enough: the failing cast names the reason and undoes the transaction. */
function guarded(plan: FlatPlan, body: Fragment): Fragment {
  if (plan.kind === 'insert') return body
  const atMost = sql`cast(${parameter({ kind: 'value', value: plan.atMost, type: int })} as int)`
  return sql`case when count(*) > ${atMost} then (${sql.lit(`${plan.kind} ${atMostMark} `)} || count(*))::int::text else ${body} end`
}

const int = { kind: 'scalar', scalar: 'Int', pg: { schema: 'pg_catalog', name: 'int4' } } as const

function changeSql(plan: FlatPlan, returning: ReadonlySet<string>, compilation: Compilation): Fragment {
  const table = sql`${tableRef(plan.entity)} as ${sql.id('target')}`
  const columns = [...returning].map((name) => sql`${sql.id('target', name)}`)
  const returned = sql` returning ${columns.length > 0 ? sql.join(columns) : sql`1`}`
  const where =
    plan.kind !== 'insert' && plan.filter ? whereSql([conditionSql(plan.filter, 'target', compilation)]) : sql``
  switch (plan.kind) {
    case 'insert':
      return sql`${insertSql(plan, table)}${plan.onConflict ? conflictSql(plan.onConflict, compilation) : sql``}${returned}`
    case 'delete':
      return sql`delete from ${table}${where}${returned}`
    case 'update': {
      const set = plan.entity.updatable.flatMap((field) => {
        const input = plan.set.get(field.name)
        return input ? [sql`${sql.id(field.column.name)} = ${valueSql(input, field.type)}`] : []
      })
      return sql`update ${table} set ${sql.join(set)}${where}${returned}`
    }
  }
}

function insertSql(plan: FlatPlan & { kind: 'insert' }, table: Fragment): Fragment {
  const fields = plan.entity.insertable.filter(({ name }) => plan.rows.some((row) => row.has(name)))
  if (fields.length === 0) {
    const row = sql`(default)`
    const [first] = plan.entity.insertable
    return sql`insert into ${table} (${sql.id(first?.column.name ?? '')}) values ${sql.join(plan.rows.map(() => row))}`
  }
  const names = sql.join(fields.map(({ column }) => sql.id(column.name)))
  const alike = plan.rows.every((row) => fields.every(({ name }) => row.has(name)))
  if (alike && plan.rows.length > 1) {
    // One parameter for all rows: the statement is the same for any number of them.
    const columns = fields.map(({ name, column, type }): RowColumn => ({ field: name, column: column.name, type }))
    const declared = sql.join(fields.map(({ column }) => sql`${sql.id(column.name)} text`))
    const values = sql.join(
      fields.map(({ column, type }) => sql`cast(${sql.id('input', column.name)} as ${qualified(type.pg)})`),
    )
    return sql`insert into ${table} (${names}) select ${values} from json_to_recordset(cast(${parameter({ kind: 'rows', columns, rows: plan.rows })} as json)) as input(${declared})`
  }
  const rows = plan.rows.map((row) => {
    const values = fields.map(({ name, type }) => {
      const input = row.get(name)
      return input ? valueSql(input, type) : sql`default`
    })
    return sql`(${sql.join(values)})`
  })
  return sql`insert into ${table} (${names}) values ${sql.join(rows)}`
}
