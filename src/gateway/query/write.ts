import { sql } from 'kysely'
import { type Fragment, qualified } from '#database'
import type { ColumnField } from '../model/index.ts'
import type { WriteLink, WritePlan, WriteStep } from '../plan/index.ts'
import type { Compilation } from './row-source.ts'

/** What the steps of one write share. */
export interface Write {
  readonly plan: WritePlan
  readonly compilation: Compilation
  /** The rows that a step has kept, as a from item: `n`, and its columns as `c0`, `c1` … */
  readonly rows: (step: number) => Fragment
  /** A column of the one row that a step has kept, as text. */
  readonly value: (step: number, column: string) => Fragment
}

/** A write whose steps are statements of their own, level by level. */
export interface WriteInSteps extends Write {
  /** The name of the setting that a step keeps its rows in. */
  readonly setting: (step: number) => Fragment
}

export function writeInSteps(plan: WritePlan, index: number, compilation: Compilation): WriteInSteps {
  const setting = (step: number) => sql.lit(`portico.written_${index}_${step}`)
  const kept = (step: number) => sql`current_setting(${setting(step)})::json`
  const names = (step: number) => [...(plan.steps[step]?.keep ?? [])]
  const rows = (step: number) => {
    const columns = sql.join([sql`n int`, ...names(step).map((_, i) => sql`${sql.id(`c${i}`)} text`)])
    return sql`(select * from json_to_recordset(${kept(step)}) as kept(${columns}))`
  }
  const value = (step: number, column: string) =>
    sql`(select ${kept(step)} -> 0 ->> ${sql.lit(`c${names(step).indexOf(column)}`)})`
  return { plan, compilation, setting, rows, value }
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

/** A kept or given text as a column's value. */
export function castTo(value: Fragment, { type }: ColumnField): Fragment {
  return sql`cast(${value} as ${qualified(type.pg)})`
}
