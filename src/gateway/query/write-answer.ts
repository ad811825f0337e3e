import { sql } from 'kysely'
import { concat, type Fragment } from '#database'
import type { WritePlan } from '../plan/index.ts'
import { answer } from './answer.ts'
import { parameter } from './fragment.ts'
import { rowByKey } from './row-by-key.ts'
import { directRow } from './row-source.ts'
import { objectJson } from './rows.ts'
import { castTo, isOfOne, type WriteInSteps } from './write.ts'

/** The rows in their new state, in the order they were given. */
export function writeAnswer(write: WriteInSteps): Fragment {
  const { plan, compilation, setting } = write
  const { entity } = plan
  const steps = [...new Set(plan.roots.map(({ step }) => step))]
  const [first = 0, ...others] = steps
  const only = plan.steps[first]
  if (others.length === 0 && only && only.keep.size > 0 && isOfOne(only, plan)) return answerOfOne(first, write)
  const counts = steps.map((step) => sql`json_array_length(current_setting(${setting(step)})::json)`)
  const body = answer(plan.fields, sql`(${sql.join(counts, sql` + `)})::text`, (object) => {
    const alias = compilation.alias()
    const record = concat(objectJson(object, directRow(alias, true), compilation))
    const found = rowByKey(entity, entity.key, alias, record, (field, i) => castTo(sql`kept.${sql.id(`k${i}`)}`, field))
    const kept = sql.join(
      steps.map((step) => rootRows(step, write)),
      sql` union all `,
    )
    const [order, placed] =
      steps.length > 1
        ? [sql`placed.n, kept.ord`, sql` join ${placedRows(plan)} on placed.p0 = kept.step and placed.p1 = kept.n`]
        : [sql`kept.n, kept.ord`, sql``]
    return sql`(select string_agg(${found}, ',' order by ${order}) from (${kept}) as kept${placed})`
  })
  return sql`select ${body}`
}

/** A step that keeps one row refuses to keep none. */
function answerOfOne(step: number, write: WriteInSteps): Fragment {
  const { entity, fields } = write.plan
  const body = answer(fields, sql`1::text`, (object) => {
    const alias = write.compilation.alias()
    const record = concat(objectJson(object, directRow(alias, true), write.compilation))
    return rowByKey(entity, entity.key, alias, record, (field) => castTo(write.value(step, field.column.name), field))
  })
  return sql`select ${body}`
}

function rootRows(step: number, { plan, setting }: WriteInSteps): Fragment {
  const keep = [...(plan.steps[step]?.keep ?? [])]
  const columns = sql.join([sql`n int`, ...keep.map((_, i) => sql`${sql.id(`c${i}`)} text`)])
  const keys = plan.entity.key.map(
    ({ column }, i) => sql`${sql.id(`c${keep.indexOf(column.name)}`)} as ${sql.id(`k${i}`)}`,
  )
  return sql`select ${sql.join([sql`${sql.lit(step)} as step, n, ord`, ...keys])} from rows from (json_to_recordset(current_setting(${setting(step)})::json) as (${columns})) with ordinality as kept(${sql.join([sql`n`, ...keep.map((_, i) => sql.id(`c${i}`)), sql`ord`])})`
}

function placedRows({ roots }: WritePlan): Fragment {
  const places = roots.map(({ step, place }) => [step, place])
  const rows = parameter({ kind: 'rows', columns: [], rows: roots.map(() => new Map()), places })
  return sql`json_to_recordset(cast(${rows} as json)) as placed(n int, p0 int, p1 int)`
}
