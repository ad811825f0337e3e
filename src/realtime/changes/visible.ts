import { sql } from 'kysely'
import { type Caller, type CallerPool, compileSql, type Statement } from '#database'
import type { Cells } from '../feed/index.ts'
import { typed } from './predicate.ts'
import type { TableFacts } from './table-facts.ts'

/** Which of some rows a caller may select now, by their primary key: places in the given order. */
export async function visibleRows(
  callers: CallerPool,
  caller: Caller,
  statement: Statement,
): Promise<ReadonlySet<number>> {
  const [answer] = await callers.run(caller, undefined, [statement], { reads: true })
  return new Set(JSON.parse(answer ?? '[]') as number[])
}

/**
 * The question, which is the same whoever asks it: row-level security answers. `offset 0` has Postgres look up each row by
 * its key, rather than ask the policies about every row of the table.
 */
export function visibility(facts: TableFacts, rows: readonly Cells[]): Statement {
  const keys = facts.columns.filter(({ isKey }) => isKey)
  const same = keys.map(({ name, spelled }, i) => {
    const value = sql`k.v->>${sql.lit(i)}`
    const own = sql.id('t', name)
    return spelled === undefined ? sql`${own}::text = ${value}` : sql`${own} = ${typed(value, spelled)}`
  })
  const values = JSON.stringify(rows.map((cells) => keys.map(({ name }) => cells.get(name) ?? null)))
  const { text, parameters } = compileSql(sql`
    select coalesce(json_agg(k.place - 1), '[]')::text
    from jsonb_array_elements(${values}::jsonb) with ordinality as k(v, place)
    where exists (select from ${sql.id(facts.schema, facts.name)} as t where ${sql.join(same, sql` and `)} offset 0)`)
  return { text, values: parameters }
}
