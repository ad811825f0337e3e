import { sql } from 'kysely'
import type { Fragment } from '#database'
import type { Input, WriteStep } from '../plan/index.ts'
import { parameter } from './fragment.ts'
import type { RowColumn } from './parameter.ts'
import { isToOne, type Write } from './write.ts'

/**
 * The rows of a step as the client gave them, each beside the rows that it is tied to: keys as `k0` …, values as `v0` …,
 * columns of the row behind the link `i` as `li_0` …
 */
export function givenRows(step: WriteStep, write: Write): Fragment {
  const columns: RowColumn[] = [
    ...step.by.map(({ type }, i) => ({ field: `k${i}`, column: `k${i}`, type })),
    ...step.columns.map(({ type }, i) => ({ field: `v${i}`, column: `v${i}`, type })),
  ]
  const rows = step.rows.map(
    ({ key, values }) =>
      new Map<string, Input>([
        ...key.map((value, i) => [`k${i}`, value] as const),
        ...values.map((value, i) => [`v${i}`, value] as const),
      ]),
  )
  const places = step.rows.map((row) => row.places)
  const declared = sql.join([
    sql`n int`,
    ...columns.map(({ column }) => sql`${sql.id(column)} text`),
    ...step.links.map((_, i) => sql`${sql.id(`p${i}`)} int`),
  ])
  const input = sql`json_to_recordset(cast(${parameter({ kind: 'rows', columns, rows, places })} as json)) as input(${declared})`
  const joined = step.links.map((link) => !isToOne(link, write.plan))
  const joins = step.links.flatMap((link, i) => {
    if (!joined[i]) return []
    const kept = sql.id(`kept${i}`)
    return [sql` join ${write.rows(link.step)} as ${kept} on ${kept}.n = input.${sql.id(`p${i}`)}`]
  })
  const tied = step.links.flatMap((link, i) => {
    const from = [...(write.plan.steps[link.step]?.keep ?? [])]
    return link.columns.map(({ other }, j) => {
      const value = joined[i] ? sql.id(`kept${i}`, `c${from.indexOf(other)}`) : write.value(link.step, other)
      return sql`${value} as ${sql.id(`l${i}_${j}`)}`
    })
  })
  // A row that is tied to several is as many.
  const place = joins.length > 0 ? sql`row_number() over (order by input.n)` : sql`input.n + 1`
  const all = sql.join([sql`${place} as place`, sql`input.*`, ...tied])
  return sql`given as (select ${all} from ${input}${joins.length > 0 ? sql.join(joins, sql``) : sql``})`
}
