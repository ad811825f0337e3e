import { sql } from 'kysely'
import { column, type Fragment, qualified } from '#database'
import type { ChangePlan } from '../plan/index.ts'
import { parameter } from './parameter.ts'
import { type Compilation, direct, type RowSource } from './row-source.ts'

const payload = parameter({ from: 'payload' })

/** The rows of the body: how a column of one is read, and what they are selected from; nothing for a row of parameters. */
export interface GivenRows {
  readonly row: RowSource
  readonly from: Fragment | undefined
}

export function givenRows(plan: ChangePlan, compilation: Compilation): GivenRows {
  const alias = compilation.alias('portico body')
  if (plan.body === 'flat') return { row: { ...direct(alias), column: memberOf(plan, compilation) }, from: undefined }
  return { row: readRow(plan, alias), from: bodyRows(plan, alias, compilation) }
}

/** A value of a flat body: its text, as the column's type reads it. */
function memberOf({ columns }: ChangePlan, compilation: Compilation): RowSource['column'] {
  const values = new Map(
    columns.map(({ name, type, at }) => [
      name,
      sql`cast(${parameter({ from: 'members', at })} as ${typeOf(type, compilation)})`,
    ]),
  )
  return (name) => values.get(name) ?? sql`null`
}

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
function bodyRows(plan: ChangePlan, alias: string, compilation: Compilation): Fragment {
  const columns = plan.columns.map(
    ({ name, type, read }) => sql`${sql.id(name)} ${read ? sql`json` : typeOf(type, compilation)}`,
  )
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
  return sql`jsonb_array_elements(cast(${givenList(plan)} as jsonb)) as ${each}(value), lateral jsonb_to_record(${whole}) as ${row}`
}

/** The body as a list of objects. */
export function givenList(plan: ChangePlan): Fragment {
  return plan.body === 'array' ? sql`cast(${payload} as json)` : sql`json_build_array(cast(${payload} as json))`
}

function typeOf(oid: number, { model }: Compilation): Fragment {
  const known = model.type(oid)
  return known ? qualified(known) : sql`text`
}
