import { sql } from 'kysely'
import { column, type Fragment } from '#database'
import type { Column, Node, Order, OutputField } from '../plan/index.ts'
import { isShown, type Member, type Page } from './member.ts'
import { type Base, type Compilation, joined, type RowSource } from './row-source.ts'
import { limitSql, onlyRow, orderSql, orderValue } from './source.ts'
import { aggregateValue, fieldValue, jsonText, type Value } from './value.ts'

/** Whether a node's rows are groups, by an aggregate of its own or of what is spread into it. */
export function isAggregated({ fields, embeds }: Node): boolean {
  return (
    fields.some(({ aggregate }) => aggregate !== undefined) ||
    embeds.some((embed) => embed.spread && embed.relationship?.toOne && isAggregated(embed))
  )
}

/**
 * With an aggregate, rows that agree in all else are one. Everything is read of each row first, so that what is spread
 * from elsewhere groups and orders as the row's own columns do.
 */
export function groupedPage(
  node: Node,
  base: Base,
  where: Fragment,
  compilation: Compilation,
  embedded: Embedded,
): Page {
  const rows = compilation.alias('rows')
  const inner = compilation.alias('page')
  const joins: Fragment[] = []
  const parts = partsOf(node, base, joins, compilation, embedded)
  const read = parts.map(({ value }, i) => sql`${value.sql} as ${sql.id(nameOf(i))}`)
  const results = parts.map(({ field, of, value }, i): Value => {
    const own = { ...value, sql: column(rows, nameOf(i)) }
    if (!field?.aggregate) return own
    // Of what is spread only rows count that are there.
    return aggregateValue(field.column || of !== undefined ? own : { sql: sql`*`, form: 'any' }, field)
  })
  const groups = parts.flatMap(({ field }, i) => (field?.aggregate ? [] : [column(rows, nameOf(i))]))
  const groupBy = groups.length === 0 ? sql`` : sql` group by ${sql.join(groups)}`
  const order = orderSql(node, (term) => {
    const at = parts.findIndex((part) => orders(part, term))
    if (at >= 0) return column(rows, nameOf(at))
    // Of no group: Postgres says so.
    read.push(sql`${orderValue(term, node, base, compilation)} as ${sql.id(nameOf(read.length))}`)
    return column(rows, nameOf(read.length - 1))
  })
  const list = results.map((value, i) => sql`${value.sql} as ${sql.id(nameOf(i))}`)
  return {
    members: parts.map(({ key }, i) => {
      const own = { sql: column(inner, nameOf(i)), form: results[i]?.form ?? 'any' }
      return { key, text: () => jsonText(own, compilation), value: () => own.sql }
    }),
    from: () =>
      sql`(select ${sql.join(list)} from (select ${sql.join(read)} from ${base.from}${joined(joins)}${where}) as ${sql.id(rows)}${groupBy}${order}${limitSql(node)}) as ${sql.id(inner)}`,
  }
}

/** What is embedded in a row of the node. */
interface Embedded {
  /** As JSON text. */
  text(embed: Node, row: RowSource, compilation: Compilation): Fragment
  /** What a resource of many rows adds to the row that it is spread into, by what is joined to it. */
  spread(embed: Node, row: RowSource, joins: Fragment[], compilation: Compilation): Member[]
}

const nameOf = (i: number) => `c${i + 1}`

/** A key of the group's object, and what is read for it of each row. */
interface Part {
  readonly key: string
  /** Undefined for an embedded resource. */
  readonly field?: OutputField
  /** The key of the spread resource that it is of. */
  readonly of?: string
  readonly value: Value
}

function partsOf(node: Node, row: RowSource, joins: Fragment[], compilation: Compilation, embedded: Embedded): Part[] {
  const fields = node.fields.map((field): Part => ({ key: field.key, field, value: readOf(field, row, compilation) }))
  const embeds = node.embeds.filter(isShown).flatMap((embed): Part[] => {
    if (!embed.spread) {
      const document = sql`cast(${embedded.text(embed, row, compilation)} as jsonb)`
      return [{ key: embed.key, value: { sql: document, form: 'json' } }]
    }
    if (!embed.relationship?.toOne) {
      const members = embedded.spread(embed, row, joins, compilation)
      return members.map((member) => ({ key: member.key, value: { sql: member.value(), form: 'json' } }))
    }
    return spreadParts(embed, row, compilation, embedded).map((part) => ({ of: embed.key, ...part }))
  })
  return [...fields, ...embeds]
}

/** The parts of the one row that a spread resource has, each found from the row that it is spread into. */
function spreadParts(embed: Node, row: RowSource, compilation: Compilation, embedded: Embedded): Part[] {
  const read = (inner: RowSource, joins: Fragment[]) => partsOf(embed, inner, joins, compilation, embedded)
  const parts: Part[] = []
  onlyRow(embed, row, compilation, (inner, joins) => {
    parts.push(...read(inner, joins))
    return sql`1`
  })
  return parts.map((part, i) => {
    const found = onlyRow(embed, row, compilation, (inner, joins) => read(inner, joins)[i]?.value.sql ?? sql`1`)
    return { ...part, value: { ...part.value, sql: found } }
  })
}

function readOf(field: OutputField, row: RowSource, compilation: Compilation): Value {
  // Something that is there where the row is: `count()` of what is spread counts rows that have one.
  if (!field.column) return { sql: sql`1`, form: 'number' }
  const value = fieldValue(row, field, compilation)
  // Documents of type `json` cannot be told apart.
  return value.form === 'json' && !field.aggregate ? { ...value, sql: sql`cast(${value.sql} as jsonb)` } : value
}

/** Whether a group is ordered by what this part says: by a column of its own, or by one of a spread resource, or its alias. */
function orders({ field, of }: Part, { embed, column }: Order): boolean {
  if (!field?.column || field.aggregate || field.cast !== undefined || of !== embed) return false
  return sameColumn(field.column, column) || (embed !== undefined && field.key === column.name)
}

function sameColumn(a: Column, b: Column): boolean {
  return a.name === b.name && JSON.stringify(a.path) === JSON.stringify(b.path)
}
