import { sql } from 'kysely'
import { column, concat, type Fragment, objectText, type Text, whereSql } from '#database'
import type { Node, OutputField } from '../plan/index.ts'
import { type Base, type Compilation, columnList, type RowSource, selected } from './row-source.ts'
import { conditionsOf, embeddedBase, limitSql, onlyRow, orderSql } from './source.ts'
import { aggregateValue, fieldValue, jsonText, type Value } from './value.ts'

/** A key of each object of the answer. What is read of the row is only known once one of its forms was asked for. */
export interface Member {
  readonly key: string
  /** As JSON text, never null. */
  text(): Text
  /** As a value, for CSV. */
  value(): Fragment
}

/** The rows that are answered: where they come from, and what is answered of each. */
export interface Page {
  readonly members: readonly Member[]
  /** Complete only when the members that are wanted have been asked for. */
  from(): Fragment
}

/** The JSON object of a page's row. */
export function objectOf({ members }: Page): Fragment {
  return concat(objectText(members.map((member): [string, Text] => [member.key, member.text()])))
}

/** The rows of a node after filters, grouping, order and limit. */
export function pageOf(node: Node, base: Base, compilation: Compilation): Page {
  const where = whereSql(conditionsOf(node, base, compilation))
  const order = orderSql(node, base, compilation)
  const inner = compilation.alias('page')
  const columns = new Map<string, Fragment>()
  if (isAggregated(node)) return groupedPage(node, base, where, order, inner, compilation)

  const whole = node.order.length === 0 && node.limit === undefined && node.offset === 0
  const row = whole ? base : selected(inner, base, columns)
  return {
    members: membersOf(node, row, compilation),
    from: () =>
      whole
        ? sql`${base.from}${where}`
        : sql`(select ${columnList(columns)} from ${base.from}${where}${order}${limitSql(node)}) as ${sql.id(inner)}`,
  }
}

/** With an aggregate, rows that agree in all else are one. */
function groupedPage(
  node: Node,
  base: Base,
  where: Fragment,
  order: Fragment,
  inner: string,
  compilation: Compilation,
): Page {
  const parts = partsOf(node, base, compilation)
  const names = parts.map((_, i) => `c${i + 1}`)
  const list = parts.map(({ value: { sql: value } }, i) => sql`${value} as ${sql.id(names[i] ?? '')}`)
  const groups = parts.flatMap(({ aggregate }, i) => (aggregate ? [] : [sql`${sql.lit(i + 1)}`]))
  const groupBy = groups.length === 0 ? sql`` : sql` group by ${sql.join(groups)}`
  return {
    members: parts.map(({ key, value }, i) => {
      const own = { ...value, sql: column(inner, names[i] ?? '') }
      return { key, text: () => jsonText(own, compilation), value: () => own.sql }
    }),
    from: () =>
      sql`(select ${sql.join(list)} from ${base.from}${where}${groupBy}${order}${limitSql(node)}) as ${sql.id(inner)}`,
  }
}

interface Part {
  readonly key: string
  readonly aggregate: boolean
  readonly value: Value
}

function partsOf(node: Node, row: RowSource, compilation: Compilation): Part[] {
  const fields = node.fields.map((field): Part => {
    const value = groupable(fieldValue(row, field, compilation), field)
    const aggregate = field.aggregate !== undefined
    return { key: field.key, aggregate, value: aggregate ? aggregateValue(value, field) : value }
  })
  const embeds = node.embeds.filter(isShown).flatMap((embed): Part[] => {
    if (!embed.spread) {
      const document = sql`cast(${embedText(embed, row, compilation)} as jsonb)`
      return [{ key: embed.key, aggregate: false, value: { sql: document, form: 'json' } }]
    }
    return spreadFields(embed).map(({ path, field }) => {
      const value = through(path, row, compilation, (last) => {
        const own = fieldValue(last, field, compilation)
        return field.column ? groupable(own, field) : { sql: sql`1`, form: 'number' }
      })
      const aggregate = field.aggregate !== undefined
      return { key: field.key, aggregate, value: aggregate ? aggregateValue(value, field) : value }
    })
  })
  return [...fields, ...embeds]
}

/** Documents of type `json` cannot be told apart. */
function groupable(value: Value, field: OutputField): Value {
  const groups = value.form === 'json' && field.aggregate === undefined
  return groups ? { ...value, sql: sql`cast(${value.sql} as jsonb)` } : value
}

interface SpreadField {
  readonly path: readonly Node[]
  readonly field: OutputField
}

function spreadFields(node: Node, path: readonly Node[] = []): SpreadField[] {
  const own = [...path, node]
  return [
    ...node.fields.map((field) => ({ path: own, field })),
    ...node.embeds.filter(({ spread }) => spread).flatMap((embed) => spreadFields(embed, own)),
  ]
}

/** A value found by going from row to row along to-one resources. */
function through(
  path: readonly Node[],
  row: RowSource,
  compilation: Compilation,
  value: (row: RowSource) => Value,
): Value {
  const [next, ...rest] = path
  if (!next) return value(row)
  let found: Value | undefined
  const query = onlyRow(next, row, compilation, (inner) => {
    found = through(rest, inner, compilation, value)
    return found.sql
  })
  return { sql: query, form: found?.form ?? 'any' }
}

function membersOf(node: Node, row: RowSource, compilation: Compilation): Member[] {
  const fields = node.fields.map((field): Member => {
    const value = () => fieldValue(row, field, compilation)
    return { key: field.key, text: () => jsonText(value(), compilation), value: () => value().sql }
  })
  return [...fields, ...node.embeds.filter(isShown).flatMap((embed) => embedMembers(embed, row, compilation))]
}

function embedMembers(embed: Node, row: RowSource, compilation: Compilation): Member[] {
  const asDocument = (key: string, text: () => Fragment): Member => ({
    key,
    text,
    value: () => sql`cast(${text()} as jsonb)`,
  })
  if (!embed.spread) return [asDocument(embed.key, () => embedText(embed, row, compilation))]

  const node = embed.relationship?.toOne ? { ...embed, limit: undefined } : embed
  const page = () => pageOf(node, embeddedBase(node, row, compilation), compilation)
  const keys = page().members.map(({ key }) => key)
  return keys.map((key, i) => {
    const one = () => {
      const own = page()
      const text = own.members[i]?.text() ?? 'null'
      const body = typeof text === 'string' ? sql`${sql.lit(text)}` : text
      return { body, from: own.from() }
    }
    if (embed.relationship?.toOne) {
      return asDocument(key, () => {
        const { body, from } = one()
        return sql`coalesce((select ${body} from ${from} limit 1), 'null')`
      })
    }
    return asDocument(key, () => {
      const { body, from } = one()
      return sql`(select '[' || coalesce(string_agg(${body}, ','), '') || ']' from ${from})`
    })
  })
}

/** An embedded resource as JSON text: an object or `null`, or a list. */
function embedText(embed: Node, row: RowSource, compilation: Compilation): Fragment {
  const toOne = embed.relationship?.toOne
  const node = toOne ? { ...embed, limit: undefined } : embed
  const page = pageOf(node, embeddedBase(embed, row, compilation), compilation)
  const object = objectOf(page)
  return toOne
    ? sql`coalesce((select ${object} from ${page.from()} limit 1), 'null')`
    : sql`(select '[' || coalesce(string_agg(${object}, ','), '') || ']' from ${page.from()})`
}

/** Whether a node's rows are groups, by an aggregate of its own or of what is spread into it. */
function isAggregated({ fields, embeds }: Node): boolean {
  return (
    fields.some(({ aggregate }) => aggregate !== undefined) ||
    embeds.some((embed) => embed.spread && embed.relationship?.toOne && isAggregated(embed))
  )
}

/** What selects nothing is there for its filters only. */
function isShown(node: Node): boolean {
  return node.fields.length > 0 || node.embeds.some(isShown)
}
