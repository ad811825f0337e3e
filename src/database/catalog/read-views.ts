import type { ClientBase } from 'pg'
import type { ColumnOrigin, KeyedTable, Table } from './catalog.ts'
import { keys } from './keys.ts'
import { readTargets, type Target } from './view-rule.ts'

/** Every view that could be in the way between an exposed one and its tables. */
const rules = `
  select c.oid::bigint::text as view, r.ev_action::text as action,
    (select json_object_agg(a.attnum, a.attname) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0) as names
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  join pg_rewrite r on r.ev_class = c.oid and r.ev_type = '1' and r.is_instead
  where c.relkind in ('v', 'm') and n.nspname not in ('pg_catalog', 'information_schema')`

const named = `
  select a.attrelid::bigint::text as table, json_object_agg(a.attnum, a.attname) as names
  from pg_attribute a where a.attrelid = any($1::oid[]) and a.attnum > 0 and not a.attisdropped group by 1`

const keyed = `
  select json_build_object('oid', c.oid::bigint, 'schema', n.nspname, 'name', c.relname, ${keys}) as table
  from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = any($1::oid[])`

interface View {
  readonly names: Readonly<Record<number, string>>
  readonly targets: readonly Target[]
}

/**
 * Where the columns of views come from, through any number of views, so that a table's keys hold for the views over it.
 * What a view computes, and what is behind a `union`, comes from nowhere.
 */
export async function readViews(
  client: ClientBase,
  tables: readonly Table[],
): Promise<{ origins: ReadonlyMap<number, readonly ColumnOrigin[]>; hidden: readonly KeyedTable[] }> {
  const origins = new Map<number, readonly ColumnOrigin[]>()
  const exposed = tables.filter(({ kind }) => kind === 'view' || kind === 'materialized view')
  if (exposed.length === 0) return { origins, hidden: [] }

  const { rows } = await client.query<{ view: string; action: string; names: Record<number, string> }>(rules)
  const views = new Map(
    rows.map(({ view, action, names }): [number, View] => [Number(view), { names, targets: readTargets(action) }]),
  )
  const found = exposed.map(({ oid }) => ({
    oid,
    targets: (views.get(oid)?.targets ?? []).flatMap((target) => {
      const end = follow(target, views)
      return end ? [{ column: views.get(oid)?.names[target.position] ?? '', ...end }] : []
    }),
  }))

  const oids = [...new Set(found.flatMap(({ targets }) => targets.map(({ table }) => table)))]
  const namesOf = await client.query<{ table: string; names: Record<number, string> }>(named, [oids])
  const names = new Map(namesOf.rows.map((row) => [Number(row.table), row.names]))
  for (const { oid, targets } of found) {
    origins.set(
      oid,
      targets.flatMap(({ column, table, attribute }) => {
        const original = names.get(table)?.[attribute]
        return original === undefined ? [] : [{ column, table, original }]
      }),
    )
  }
  const known = new Set(tables.map(({ oid }) => oid))
  const hidden = await client.query<{ table: KeyedTable }>(keyed, [oids.filter((oid) => !known.has(oid))])
  return { origins, hidden: hidden.rows.map(({ table }) => table) }
}

function follow(from: Target, views: ReadonlyMap<number, View>): { table: number; attribute: number } | undefined {
  let { table, attribute } = from
  // Views cannot form a circle; the bound is for a catalogue that says they do.
  for (let steps = 0; steps < 64; steps++) {
    if (table === 0) return undefined
    const view = views.get(table)
    if (!view) return { table, attribute }
    const next = view.targets.find(({ position }) => position === attribute)
    if (!next) return undefined
    ;({ table, attribute } = next)
  }
  return undefined
}
