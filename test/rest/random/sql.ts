import { conditionSql } from './condition.ts'
import type { Embed, Field, Order, Read } from './read.ts'

/** The read in SQL: one JSON document of all rows. */
export function sqlOf(schema: string, read: Read): string {
  return `select ${rowsSql(schema, read, 'r', '')}`
}

export function countOf(schema: string, read: Read): string {
  return `select count(*)::int from ${schema}.${read.table} r where ${whereSql(schema, read, 'r')}`
}

/** A row's object, where the row is called `alias`. */
export function objectSql(schema: string, { fields, embeds }: Read, alias: string): string {
  const parts = [
    `jsonb_build_object(${fields.map((field) => `'${field.key}', to_jsonb(${fieldSql(field, alias)})`).join(', ')})`,
    ...embeds.map((embed) => (embed.spread ? spreadSql(schema, embed, alias) : namedSql(schema, embed, alias))),
  ]
  return parts.join(' || ')
}

function rowsSql(schema: string, read: Read, alias: string, join: string): string {
  if (read.grouped) return groupsSql(schema, read, alias, join)
  const { limit, offset } = read
  const by = [...read.order.map((term) => termSql(schema, term, read, alias)), `${alias}.id`].join(', ')
  const page = `${limit === undefined ? '' : ` limit ${limit}`}${offset === undefined ? '' : ` offset ${offset}`}`
  return `(select coalesce(jsonb_agg(o.j order by o.n), '[]') from (
    select ${objectSql(schema, read, alias)} as j, row_number() over (order by ${by}) as n
    from ${schema}.${read.table} ${alias} where ${whereSql(schema, read, alias)}${join} order by ${by}${page}) o)`
}

function groupsSql(schema: string, read: Read, alias: string, join: string): string {
  const groups = read.fields.filter(({ aggregate }) => !aggregate).map((field) => fieldSql(field, alias))
  const by = read.order.map((term) => termSql(schema, term, read, alias)).join(', ')
  return `(select coalesce(jsonb_agg(o.j order by o.n), '[]') from (
    select ${objectSql(schema, read, alias)} as j, row_number() over (${by && `order by ${by}`}) as n
    from ${schema}.${read.table} ${alias} where ${whereSql(schema, read, alias)}${join}
    ${groups.length > 0 ? `group by ${groups.join(', ')}` : ''}) o)`
}

function fieldSql({ column, cast, aggregate }: Field, alias: string): string {
  if (column === '*') return 'count(*)'
  const value = `${alias}.${column}${cast ? `::${cast}` : ''}`
  return aggregate ? `${aggregate}(${value})` : value
}

function termSql(schema: string, { column, of, descending, nulls }: Order, { embeds }: Read, alias: string): string {
  const embed = embeds.find(({ key }) => key === of)
  const value = embed ? oneSql(schema, embed, alias, (other) => `${other}.${column}`) : `${alias}.${column}`
  return `${value}${descending ? ' desc' : ''}${nulls ? ` nulls ${nulls}` : ''}`
}

function namedSql(schema: string, embed: Embed, alias: string): string {
  return `jsonb_build_object('${embed.key}', ${embed.toOne ? toOneSql(schema, embed, alias) : toManySql(schema, embed, alias)})`
}

/** Each key of the one row, or nulls; each key of all rows as a list. */
function spreadSql(schema: string, embed: Embed, alias: string): string {
  const keys = keysOf(embed.read)
  if (embed.toOne) {
    const nulls = `jsonb_build_object(${keys.map((key) => `'${key}', null`).join(', ')})`
    return `coalesce(${toOneSql(schema, embed, alias)}, ${nulls})`
  }
  const lists = keys.map((key) => `'${key}', coalesce(jsonb_agg(s.o -> '${key}' order by s.n), '[]')`)
  return `(select jsonb_build_object(${lists.join(', ')})
    from jsonb_array_elements(${toManySql(schema, embed, alias)}) with ordinality s(o, n))`
}

function keysOf({ fields, embeds }: Read): string[] {
  return [
    ...fields.map(({ key }) => key),
    ...embeds.flatMap((embed) => (embed.spread ? keysOf(embed.read) : [embed.key])),
  ]
}

function toManySql(schema: string, { read, by }: Embed, parent: string): string {
  const alias = `${parent}x`
  return rowsSql(schema, read, alias, ` and ${alias}.${by} = ${parent}.id`)
}

function toOneSql(schema: string, embed: Embed, parent: string): string {
  return oneSql(schema, embed, parent, (alias) => objectSql(schema, embed.read, alias))
}

/** At most one row: a limit leaves it, an offset goes past it. */
function oneSql(schema: string, { read, by }: Embed, parent: string, value: (alias: string) => string): string {
  const alias = `${parent}x`
  return `(select ${value(alias)} from ${schema}.${read.table} ${alias}
    where ${alias}.id = ${parent}.${by} and ${whereSql(schema, read, alias)} offset ${read.offset ?? 0})`
}

export function whereSql(schema: string, { where, embeds }: Read, alias: string): string {
  const inner = embeds
    .filter((embed) => embed.inner)
    .map(({ read, by, toOne }) => {
      const child = `${alias}y`
      const join = toOne ? `${child}.id = ${alias}.${by}` : `${child}.${by} = ${alias}.id`
      return `exists (select from ${schema}.${read.table} ${child} where ${join} and ${whereSql(schema, read, child)})`
    })
  return ['true', ...where.map((condition) => `(${conditionSql(condition, alias)})`), ...inner].join(' and ')
}
