import { sql } from 'kysely'
import type { Fragment, JsonDialect, Text } from '#database'
import type { ValueType } from '../model/index.ts'

/** The JSON text of a value, as the API's scalars print it. */
export function jsonText(value: Fragment, type: ValueType, notNull: boolean, dialect: JsonDialect): Text[] {
  const orNull = (text: Fragment): Text[] => [notNull ? text : sql`coalesce(${text}, 'null')`]
  if (type.kind === 'list') return orNull(listText(value, type))
  if (type.kind === 'enum') {
    const renamed = type.enum.values.filter(({ name, label }) => name !== label)
    if (renamed.length === 0) return quoted(sql`${value}::text`, notNull)
    const cases = renamed.map(({ name, label }) => sql`when ${sql.lit(label)} then ${sql.lit(name)}`)
    return quoted(sql`case ${value}::text ${sql.join(cases, sql` `)} else ${value}::text end`, notNull)
  }
  switch (type.scalar) {
    case 'Int':
      return orNull(sql`${value}::text`)
    case 'Boolean':
      return [sql`case when ${value} then 'true' when ${value} is null then 'null' else 'false' end`]
    case 'BigInt':
    case 'UUID':
      return quoted(sql`${value}::text`, notNull)
    case 'BigFloat':
      return quoted(sql`${value}::text`, notNull)
    case 'Float':
    case 'Date':
    case 'Time':
    case 'Datetime':
      return orNull(dialect.scalar(value))
    case 'Opaque':
      // As the type itself prints: a cast to text may differ (inet), and not every type has one.
      return [sql`case when ${value} is null then 'null' else ${dialect.scalar(sql`format('%s', ${value})`)} end`]
    case 'String':
    case 'JSON':
      return orNull(
        dialect.scalar(
          type.scalar === 'String' && type.pg.name !== 'char' && type.pg.name !== 'name' ? value : sql`${value}::text`,
        ),
      )
  }
}

/** Text that holds nothing JSON would escape, between quotes. */
function quoted(text: Fragment, notNull: boolean): Text[] {
  return notNull ? ['"', text, '"'] : [sql`coalesce('"' || ${text} || '"', 'null')`]
}

function listText(value: Fragment, { item }: ValueType & { kind: 'list' }): Fragment {
  const printed =
    item.kind === 'scalar' && ['Int', 'Float', 'Boolean', 'Date', 'Time', 'Datetime'].includes(item.scalar)
  if (printed) return sql`to_json(${value})::text`
  if (item.kind === 'scalar') return sql`to_json(${value}::text[])::text`
  const renamed = item.enum.values.filter(({ name, label }) => name !== label)
  if (renamed.length === 0) return sql`to_json(${value}::text[])::text`
  const cases = renamed.map(({ name, label }) => sql`when ${sql.lit(label)} then ${sql.lit(name)}`)
  return sql`(select to_json(coalesce(array_agg(case label ${sql.join(cases, sql` `)} else label end order by place), '{}'))::text
    from unnest(${value}::text[]) with ordinality as labels(label, place) having ${value} is not null)`
}
