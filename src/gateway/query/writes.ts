import { sql } from 'kysely'
import type { Fragment } from '#database'
import type { WritePlan, WriteStep } from '../plan/index.ts'
import { fusedWrite, isFusible } from './fused-write.ts'
import { givenRows } from './given-rows.ts'
import type { Compilation } from './row-source.ts'
import { isOfOne, type Write, type WriteInSteps, writeInSteps } from './write.ts'
import { writeAnswer } from './write-answer.ts'
import { guarded } from './write-refusals.ts'
import { insertOne, insertSql, keptColumns, stepRows } from './write-step.ts'

/**
 * The statements of a nested write: one a step, and one that reads the answer. Each keeps where its rows are in a
 * setting of the transaction, for the steps that refer to them, so that all go in one round trip.
 */
export function writeStatements(plan: WritePlan, index: number, compilation: Compilation): Fragment[] {
  if (isFusible(plan)) return [fusedWrite(plan, compilation)]
  const write = writeInSteps(plan, index, compilation)
  const steps = plan.steps.map((step, i) => (isLast(step, i, plan) ? lastSql(step, write) : stepSql(step, i, write)))
  return [...steps, writeAnswer(write)]
}

/** Whether a step inserts rows that nothing refers to later, and that are right however many there are. */
function isLast(step: WriteStep, index: number, { steps, roots }: WritePlan): boolean {
  const isRead =
    roots.some((root) => root.step === index) || steps.some(({ links }) => links.some((link) => link.step === index))
  return step.verb === 'insert' && !step.absent && !isRead
}

function lastSql(step: WriteStep, write: Write): Fragment {
  if (isOfOne(step, write.plan)) return insertOne(step, write)
  return sql`with ${givenRows(step, write)} ${insertSql(step, write.compilation)}`
}

function stepSql(step: WriteStep, index: number, write: WriteInSteps): Fragment {
  const names = [...step.keep].map((_, i) => sql`${sql.lit(`c${i}`)}, ${sql.id(`c${i}`)}`)
  const order = step.verb === 'insert' ? sql` order by place` : sql``
  const keep = (rows: Fragment) => sql`set_config(${write.setting(index)}, coalesce(${rows}::text, '[]'), true)`
  const object = (n: Fragment) => sql`json_build_object(${sql.join([sql`'n', ${n}`, ...names])})`
  if (isOfOne(step, write.plan)) {
    const kept = keptColumns(step)
    const returning = kept.length > 0 ? sql.join(kept) : sql`1`
    const one = keep(sql`json_agg(${object(sql`0`)})`)
    return sql`with written as (${insertOne(step, write)} returning ${returning}) select ${guarded(step, one, write.plan)} from written`
  }
  const all = keep(sql`json_agg(${object(sql`n`)}${order})`)
  return sql`with ${givenRows(step, write)}, ${stepRows(step, write.compilation)} select ${guarded(step, all, write.plan)} from written`
}
