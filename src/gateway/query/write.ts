import { sql } from 'kysely'
import { type Fragment, qualified } from '#database'
import type { ColumnField } from '../model/index.ts'
import type { WriteLink, WritePlan, WriteStep } from '../plan/index.ts'
import type { Compilation } from './row-source.ts'

/** What the statements of one write share. */
export interface Write {
  readonly plan: WritePlan
  readonly compilation: Compilation
  /** The name of the setting that a step keeps its rows in. */
  readonly setting: (step: number) => Fragment
}

/** The rows that a step has kept, as a from item: `n`, and its columns as `c0`, `c1` … */
export function keptRows(step: number, { plan, setting }: Write): Fragment {
  const columns = [...(plan.steps[step]?.keep ?? [])].map((_, i) => sql`${sql.id(`c${i}`)} text`)
  return sql`(select * from json_to_recordset(current_setting(${setting(step)})::json) as kept(${sql.join([sql`n int`, ...columns])}))`
}

/** Whether a step inserts one row, no fewer and no more: what is tied to it need not be joined with what it kept. */
export function isOfOne(step: WriteStep, plan: WritePlan): boolean {
  const { verb, rows, absent, onConflict, links } = step
  const mayLeaveOut = absent || (onConflict && (onConflict.update.length === 0 || onConflict.filter))
  return verb === 'insert' && rows.length === 1 && !mayLeaveOut && links.every((link) => isToOne(link, plan))
}

/** Whether rows are tied to the one that a step has inserted. */
export function isToOne({ use, step }: WriteLink, plan: WritePlan): boolean {
  const other = plan.steps[step]
  return use === 'set' && other !== undefined && isOfOne(other, plan)
}

/** A column of the one row that a step keeps, as text. */
export function keptValue(step: number, name: string, { plan, setting }: Write): Fragment {
  const place = [...(plan.steps[step]?.keep ?? [])].indexOf(name)
  return sql`(select current_setting(${setting(step)})::json -> 0 ->> ${sql.lit(`c${place}`)})`
}

/** A kept or given text as a column's value. */
export function castTo(value: Fragment, { type }: ColumnField): Fragment {
  return sql`cast(${value} as ${qualified(type.pg)})`
}
