import { sql } from 'kysely'
import type { Fragment } from '#database'
import type { WritePlan, WriteStep } from '../plan/index.ts'
import { parameter } from './fragment.ts'
import { type RefusalCode, refuse } from './refuse.ts'
import { isOfOne } from './write.ts'

/** A step that does not reach what it was told to, or reaches too far, undoes them all. */
export function guarded(step: WriteStep, keep: Fragment, plan: WritePlan): Fragment {
  const cases = refusals(step, plan).map(({ when, reason, code }) => sql`when ${when} then ${refuse(reason, code)}`)
  return cases.length > 0 ? sql`case ${sql.join(cases, sql` `)} else ${keep} end` : keep
}

interface Refusal {
  readonly when: Fragment
  readonly reason: string
  readonly code?: RefusalCode
}

function refusals(step: WriteStep, plan: WritePlan): Refusal[] {
  switch (step.verb) {
    case 'insert':
      return ofInsert(step, isOfOne(step, plan) ? sql`1` : sql`(select count(*) from given)`)
    case 'miss':
      return []
    default:
      return [...ofReach(step), ...ofTies(step, plan.steps)]
  }
}

function ofInsert({ entity, keep, links, absent, onConflict }: WriteStep, asked: Fragment): Refusal[] {
  // What it refers to was written because it was not there; by now somebody else has made it.
  if (absent && links.some(({ use }) => use === 'missing')) {
    const reason = `a record of ${entity.typeName} was created by somebody else at the same time`
    return [{ when: sql`count(*) <> ${asked}`, reason, code: 'CONFLICT' }]
  }
  const partial = absent || (onConflict && (onConflict.update.length === 0 || onConflict.filter))
  if (partial || keep.size === 0) return []
  return [
    { when: sql`count(*) <> ${asked}`, reason: `a trigger kept records of ${entity.typeName} from being inserted` },
  ]
}

const reachedRows = sql`count(distinct n)`
const askedRows = sql`(select count(distinct given.n) from given)`

function ofReach({ entity, by, refusal = '', atMost }: WriteStep): Refusal[] {
  if (atMost) {
    const most = sql`cast(${parameter({ kind: 'value', value: atMost, type: int })} as int)`
    return [{ when: sql`count(*) > ${most}`, reason: refusal }]
  }
  if (refusal) {
    const missing =
      by.length > 0 ? sql`${reachedRows} <> ${askedRows}` : sql`count(*) = 0 and exists (select from given)`
    return [{ when: missing, reason: refusal }]
  }
  if (by.length === 0) return []
  const keys = sql.join(by.map((_, i) => sql.id(`k${i}`)))
  const twice = sql`(select count(*) <> count(distinct (${keys})) from given)`
  return [{ when: twice, reason: `a record of ${entity.typeName} is named twice` }]
}

function ofTies({ verb, entity, links }: WriteStep, steps: readonly WriteStep[]): Refusal[] {
  const ties = links.filter(({ use }) => use === 'set')
  const refusals: Refusal[] = []
  if (verb === 'update' && ties.length > 0) {
    const shared = sql`(select count(*) <> count(distinct given.n) from given)`
    const reason = `a record of ${entity.typeName} cannot be connected to several at once`
    refusals.push({ when: shared, reason })
  }
  // What was created for a row would belong to none.
  if (ties.some(({ step }) => steps[step]?.verb === 'insert')) {
    const reason = `there is no record of ${entity.typeName} to relate a new one to`
    refusals.push({ when: sql`${reachedRows} < ${askedRows}`, reason })
  }
  return refusals
}

const int = { kind: 'scalar', scalar: 'Int', pg: { schema: 'pg_catalog', name: 'int4' } } as const
