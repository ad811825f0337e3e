import { sql } from 'kysely'
import { column, concat, type Fragment, type Text, whereSql } from '#database'
import type { Node } from '../plan/index.ts'
import { groupedPage, isAggregated } from './grouped-page.ts'
import { type JoinedRow, joinedRows } from './joined-rows.ts'
import { isShown, type Member, objectOf, type Page } from './member.ts'
import { type Base, type Compilation, columnList, joined, numbered, type RowSource, selected } from './row-source.ts'
import { conditionsOf, embeddedBase, limitSql, orderSql, orderValue } from './source.ts'
import { fieldValue, jsonText } from './value.ts'

/** The rows of a node after filters, grouping, order and limit. */
export function pageOf(node: Node, base: Base, compilation: Compilation): Page {
  if (isAggregated(node)) {
    const where = whereSql(conditionsOf(node, base, compilation))
    return groupedPage(node, base, where, compilation, { text: embedText, spread: spreadMembers })
  }
  const beside = joinedRows(node, base, compilation)
  const where = whereSql(conditionsOf(node, base, compilation, beside))
  const order = orderSql(node, (term) => orderValue(term, node, base, compilation, beside))
  const inner = compilation.alias('page')
  const columns = new Map<string, Fragment>()
  const joins: Fragment[] = []
  const whole = node.order.length === 0 && node.limit === undefined && node.offset === 0
  const row = whole ? base : selected(inner, base, columns)
  const shown = new Map(
    [...beside].map(([embed, one], i): [Node, SeenRow] => {
      const seen = whole ? one : selected(inner, one, columns, numbered(`portico ${i + 1}`))
      return [embed, { row: seen, mark: one.mark }]
    }),
  )
  const from = () => sql`${base.from}${joined([...beside.values()].map((one) => one.join()))}`
  return {
    members: membersOf(node, row, joins, compilation, shown),
    from: () =>
      whole
        ? sql`${from()}${joined(joins)}${where}`
        : sql`(select ${columnList(columns)} from ${from()}${where}${order}${limitSql(node)}) as ${sql.id(inner)}${joined(joins)}`,
  }
}

/** A joined row as it is seen from where the answer is made. */
interface SeenRow extends Pick<JoinedRow, 'mark'> {
  readonly row: RowSource
}

function membersOf(
  node: Node,
  row: RowSource,
  joins: Fragment[],
  compilation: Compilation,
  seen: ReadonlyMap<Node, SeenRow> = new Map(),
): Member[] {
  const fields = node.fields.map((field): Member => {
    const value = () => fieldValue(row, field, compilation)
    return { key: field.key, text: () => jsonText(value(), compilation), value: () => value().sql }
  })
  const embeds = node.embeds.filter(isShown).flatMap((embed) => {
    const one = isPlain(embed) ? seen.get(embed) : undefined
    if (one) return seenMembers(embed, one, joins, compilation)
    if (embed.spread) return spreadMembers(embed, row, joins, compilation)
    return [asDocument(embed.key, () => embedText(embed, row, compilation))]
  })
  return [...fields, ...embeds]
}

function asDocument(key: string, text: () => Fragment): Member {
  return { key, text, value: () => sql`cast(${text()} as jsonb)` }
}

/** Whether nothing but columns is read of a resource's row: what functions make of it is made of the rows of the page alone. */
function isPlain(node: Node): boolean {
  const own = node.fields.every(({ column }) => node.columns?.some(({ name }) => name === column?.name))
  return own && !isAggregated(node) && node.embeds.every(({ relationship }) => relationship?.kind !== 'computed')
}

/** What a resource adds that is joined already. */
function seenMembers(embed: Node, { row, mark }: SeenRow, joins: Fragment[], compilation: Compilation): Member[] {
  const members = membersOf(embed, row, joins, compilation)
  const ifThere = (text: Text) =>
    mark === undefined ? concat(text) : sql`case when ${row.column(mark)} is null then 'null' else ${concat(text)} end`
  if (embed.spread) return members.map((member) => asDocument(member.key, () => ifThere(member.text())))
  return [asDocument(embed.key, () => ifThere(objectOf({ members })))]
}

/**
 * What a resource adds to the row that it is spread into: the values of its one row, or a list of each key's. All are
 * read at once, so that what stands in one place of one list belongs to what stands there in the others.
 */
function spreadMembers(embed: Node, row: RowSource, joins: Fragment[], compilation: Compilation): Member[] {
  const toOne = embed.relationship?.toOne
  const node = toOne ? { ...embed, limit: undefined } : embed
  const page = pageOf(node, embeddedBase(node, row, compilation), compilation)
  const alias = compilation.alias('spread')
  const nameOf = (i: number) => `c${i + 1}`
  let isJoined = false

  function join(): void {
    if (isJoined) return
    isJoined = true
    const values = page.members.map((member, i) => {
      const one = concat(member.text())
      return sql`${toOne ? one : sql`'[' || coalesce(string_agg(${one}, ','), '') || ']'`} as ${sql.id(nameOf(i))}`
    })
    const read = sql`select ${sql.join(values)} from ${page.from()}`
    joins.push(
      toOne
        ? sql` left join lateral (${read} limit 1) as ${sql.id(alias)} on true`
        : sql` cross join lateral (${read}) as ${sql.id(alias)}`,
    )
  }

  return page.members.map(({ key }, i) =>
    asDocument(key, () => {
      join()
      const text = column(alias, nameOf(i))
      return toOne ? sql`coalesce(${text}, 'null')` : text
    }),
  )
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
