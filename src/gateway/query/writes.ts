import { sql } from 'kysely'
import type { Fragment } from '#database'
import type { WritePlan, WriteStep } from '../plan/index.ts'
import { givenRows } from './given-rows.ts'
import type { Compilation } from './row-source.ts'
import type { Write } from './write.ts'
import { writeAnswer } from './write-answer.ts'
import { guarded } from './write-refusals.ts'
import { stepRows } from './write-step.ts'

/**
 * The statements of a nested write: one a step, and one that reads the answer. Each keeps where its rows are in a
 * setting of the transaction, for the steps that refer to them, so that all go in one round trip.
 */
export function writeStatements(plan: WritePlan, index: number, compilation: Compilation): Fragment[] {
  const write: Write = { plan, compilation, setting: (step) => sql.lit(`portico.written_${index}_${step}`) }
  return [...plan.steps.map((step, i) => stepSql(step, i, write)), writeAnswer(write)]
}

function stepSql(step: WriteStep, index: number, write: Write): Fragment {
  const kept = [...step.keep].map((_, i) => sql`${sql.lit(`c${i}`)}, ${sql.id(`c${i}`)}`)
  const order = step.verb === 'insert' ? sql` order by place` : sql``
  const rows = sql`json_agg(json_build_object(${sql.join([sql`'n', n`, ...kept])})${order})`
  const keep = sql`set_config(${write.setting(index)}, coalesce(${rows}::text, '[]'), true)`
  return sql`with ${givenRows(step, write)}, ${stepRows(step, write.compilation)} select ${guarded(step, keep, write.plan)} from written`
}
