import { sql } from 'kysely'
import { concat, type Fragment } from '#database'
import type { WritePlan } from '../plan/index.ts'
import { answer, looksBeyond } from './answer.ts'
import { givenRows } from './given-rows.ts'
import { type Compilation, directRow } from './row-source.ts'
import { objectJson } from './rows.ts'
import { isOfOne, isToOne, type Write } from './write.ts'
import { insertOne, insertSql, keptColumns } from './write-step.ts'

/**
 * Whether a nested write may be one statement: new rows below one new row, each of a table of its own that looks at no other's,
 * since no part of a statement sees what another one has written.
 */
export function isFusible(plan: WritePlan): boolean {
  const { steps, roots } = plan
  const tables = new Set(steps.map(({ entity }) => entity.table))
  const root = roots.length === 1 ? steps[roots[0]?.step ?? 0] : undefined
  return (
    root !== undefined &&
    isOfOne(root, plan) &&
    !looksBeyond(plan) &&
    tables.size === steps.length &&
    steps.every(({ verb, absent, onConflict, links, entity }) => {
      const inserts = verb === 'insert' && !absent && !onConflict
      return inserts && entity.table.isolated && links.every((link) => isToOne(link, plan))
    })
  )
}

/** A common table expression a step; the answer is what the first of the rows was when it was written. */
export function fusedWrite(plan: WritePlan, compilation: Compilation): Fragment {
  const { steps, roots } = plan
  const written = (step: number) => sql.id(`written_${step}`)
  const place = (step: number, column: string) => `c${[...(steps[step]?.keep ?? [])].indexOf(column)}`
  const write: Write = {
    plan,
    compilation,
    rows: (step) => sql`(select 0 as n, * from ${written(step)})`,
    value: (step, column) => sql`(select ${sql.id(place(step, column))} from ${written(step)})`,
  }
  const first = roots[0]?.step ?? 0
  const shown = new Map<string, string>()
  const row = directRow(`written_${first}`, true)
  const column = (name: string) => {
    const known = shown.get(name) ?? `s${shown.size}`
    shown.set(name, known)
    return row.column(known)
  }
  const body = answer(plan.fields, sql`1::text`, (object) =>
    concat(objectJson(object, { ...row, column }, compilation)),
  )
  const parts = steps.map((step, i) => {
    if (!isOfOne(step, plan))
      return sql`${written(i)} as (with ${givenRows(step, write)} ${insertSql(step, compilation)})`
    const answered = i === first ? [...shown].map(([name, as]) => sql`${sql.id('target', name)} as ${sql.id(as)}`) : []
    const returned = [...keptColumns(step), ...answered]
    return sql`${written(i)} as (${insertOne(step, write)} returning ${returned.length > 0 ? sql.join(returned) : sql`1`})`
  })
  return sql`with ${sql.join(parts)} select ${body} from ${written(first)}`
}
