import { sql } from 'kysely'
import { column, concat, type Fragment, qualified, whereSql } from '#database'
import type { EntitiesPlan, EntityGroup } from '../plan/index.ts'
import { parameter, tableRef } from './fragment.ts'
import { type Compilation, directRow } from './row-source.ts'
import { objectJson } from './rows.ts'

/** The JSON text of rows by their keys, in the order they were asked for; null for those that are not there. */
export function entitiesJson({ representations, groups }: EntitiesPlan, compilation: Compilation): Fragment {
  if (groups.length === 0) return sql`'[]'`
  const count = sql`cast(${parameter({ kind: 'entityCount', value: representations })} as int)`
  const found = sql.join(
    groups.map((group) => groupSql(group, representations, compilation)),
    sql` union all `,
  )
  return sql`(select '[' || coalesce(string_agg(coalesce(found.text, 'null'), ',' order by place), '') || ']' from generate_series(1, ${count}) as place left join (${found}) as found using (place))`
}

function groupSql(
  { entity, keys, key, object }: EntityGroup,
  representations: EntitiesPlan['representations'],
  compilation: Compilation,
): Fragment {
  const { typeName } = entity
  const given = parameter({ kind: 'entityKeys', value: representations, typeName, keys, key })
  const declared = sql.join([sql`place int`, ...key.map((_, i) => sql`${sql.id(`k${i}`)} text`)])
  const alias = compilation.alias()
  const match = key.map(
    (field, i) =>
      sql`${column(alias, field.column.name)} = cast(${sql.id('given', `k${i}`)} as ${qualified(field.type.pg)})`,
  )
  const row = concat(objectJson(object, directRow(alias, true), compilation))
  return sql`select given.place, (select ${row} from ${tableRef(entity)} as ${sql.id(alias)}${whereSql(match)} limit 1) as text from json_to_recordset(cast(${given} as json)) as given(${declared})`
}
