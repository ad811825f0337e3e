import { sql } from 'kysely'
import { concat, type Fragment, qualified } from '#database'
import type { EntitiesPlan, EntityGroup } from '../plan/index.ts'
import { parameter } from './fragment.ts'
import { rowByKey } from './row-by-key.ts'
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
  const row = concat(objectJson(object, directRow(alias, true), compilation))
  const found = rowByKey(
    entity,
    key,
    alias,
    row,
    ({ type }, i) => sql`cast(${sql.id('given', `k${i}`)} as ${qualified(type.pg)})`,
  )
  return sql`select given.place, ${found} as text from json_to_recordset(cast(${given} as json)) as given(${declared})`
}
