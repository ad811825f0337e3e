import { sql } from 'kysely'
import { type Fragment, qualified } from '#database'
import type { ColumnField } from '../model/index.ts'
import type { WritePlan } from '../plan/index.ts'
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

/** A kept or given text as a column's value. */
export function castTo(value: Fragment, { type }: ColumnField): Fragment {
  return sql`cast(${value} as ${qualified(type.pg)})`
}
