import type pg from 'pg'
import type { Relation } from './shape.ts'
import type { Origin } from './view-columns.ts'

/** How long the rows of one view are looked at; of one that takes longer nothing is believed. */
const patience = '5s'

/**
 * Which columns of materialized views hold nulls, or may: rows that were put there before a promise that there are none
 * stay until the view is refreshed. Looked at are those views alone that the relations show something of.
 *
 * @param views materialized ones that have rows, by oid
 * @param promised whether a column is never null by what the catalogue says
 */
export async function heldNulls(
  client: pg.ClientBase,
  relations: readonly Pick<Relation, 'oid' | 'columns'>[],
  views: ReadonlySet<number>,
  promised: (origin: Origin, holds: (origin: Origin) => boolean) => boolean,
): Promise<(origin: Origin) => boolean> {
  const believed = new Map<number, Set<number>>()
  const believe = (origin: Origin): boolean => {
    const isPromised = promised(origin, believe)
    const { relation, column } = origin
    if (isPromised && views.has(relation)) believed.set(relation, (believed.get(relation) ?? new Set()).add(column))
    return isPromised
  }
  for (const { oid, columns } of relations) for (const { number } of columns) believe({ relation: oid, column: number })

  const nulls = new Map<number, ReadonlySet<number>>()
  for (const [view, columns] of believed) nulls.set(view, await nullsOf(client, view, [...columns]))
  return ({ relation, column }) => nulls.get(relation)?.has(column) ?? false
}

async function nullsOf(client: pg.ClientBase, view: number, columns: readonly number[]): Promise<ReadonlySet<number>> {
  const { rows: named } = await client.query<{ view: string; names: string[] }>(
    `select format('%I.%I', n.nspname, c.relname) as view,
       array(select quote_ident(a.attname) from unnest($2::int[]) with ordinality as t (number, at)
         join pg_attribute a on a.attrelid = c.oid and a.attnum = t.number order by at) as names
     from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = $1`,
    [view, columns],
  )
  const { view: name, names = [] } = named[0] ?? {}
  const asked = names.map((column, at) => `coalesce(bool_or(${column} is null), false) as "${at}"`)
  try {
    await client.query(`begin read only; set local statement_timeout = '${patience}'`)
    const { rows } = await client.query<Record<string, boolean>>(`select ${asked.join(', ')} from ${name}`)
    return new Set(columns.filter((_, at) => rows[0]?.[at] !== false))
  } catch {
    // Nobody let us look, or it takes too long.
    return new Set(columns)
  } finally {
    await client.query('rollback')
  }
}
