import { sql } from 'kysely'
import { column, type Fragment, qualified } from '#database'
import type { Entity, Relation } from '../model/index.ts'
import type { CallPlan, Source } from '../plan/index.ts'
import { parameter, tableRef } from './fragment.ts'
import { type RowSource, wholeRow } from './row-source.ts'

/** Where rows come from, as a from item called `alias`. */
export function from(source: Source, parent: RowSource | undefined, alias: string): Fragment {
  switch (source.kind) {
    case 'table':
      return sql`${tableRef(source.entity)} as ${sql.id(alias)}`
    case 'relation':
      return sql`${tableRef(source.relation.to())} as ${sql.id(alias)}`
    case 'call':
      return sql`${callSql(source.call)} as ${sql.id(alias)}`
    case 'kept':
      return sql`${keptRows(source.setting, source.entity)} as ${sql.id(alias)}`
    case 'computed':
      return sql`${callSql(source.call, parent)} as ${sql.id(alias)}`
  }
}

/** What makes rows those of their parent. */
export function joinConditions(source: Source, parent: RowSource | undefined, alias: string): Fragment[] {
  if (source.kind !== 'relation' || !parent) return []
  const { from, toColumns } = source.relation as Relation
  return toColumns.map((name, i) => sql`${column(alias, name)} = ${parent.column(from.columns[i] ?? '')}`)
}

/** A function call, of a row or none, with its arguments by name, so that those left out take their defaults. */
export function callSql({ field, arguments: args }: CallPlan, row?: RowSource): Fragment {
  const list = args.map(({ parameter: name, type, value }) => {
    const cast = sql`cast(${parameter({ kind: 'value', value, type })} as ${qualified(type.pg)})`
    return name === null ? cast : sql`${sql.id(name)} => ${cast}`
  })
  return sql`${sql.id(field.fn.schema, field.fn.name)}(${sql.join(row ? [row.whole(), ...list] : list)})`
}

/** Keeps the rows that a function answers, as texts, for {@link keptRows}. */
export function keepRows(call: CallPlan, setting: string): Fragment {
  const texts = sql`coalesce(json_agg((${wholeRow('answered')})::text)::text, '[]')`
  return sql`select set_config(${sql.lit(setting)}, ${texts}, true) from ${callSql(call)} as answered where not ((${wholeRow('answered')}) is null)`
}

function keptRows(setting: string, entity: Entity): Fragment {
  const texts = sql`json_array_elements_text(current_setting(${sql.lit(setting)})::json) as kept(answered)`
  return sql`unnest(array(select kept.answered::${tableRef(entity)} from ${texts}))`
}
