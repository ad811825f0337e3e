import { sql } from 'kysely'
import { type Fragment, whereSql } from '#database'
import type { Node } from '../plan/index.ts'
import { groupedPage, isAggregated } from './grouped-page.ts'
import { isShown, type Member, objectOf, type Page } from './member.ts'
import { type Base, type Compilation, columnList, type RowSource, selected } from './row-source.ts'
import { conditionsOf, embeddedBase, limitSql, orderSql, orderValue } from './source.ts'
import { fieldValue, jsonText } from './value.ts'

/** The rows of a node after filters, grouping, order and limit. */
export function pageOf(node: Node, base: Base, compilation: Compilation): Page {
  const where = whereSql(conditionsOf(node, base, compilation))
  if (isAggregated(node)) return groupedPage(node, base, where, compilation, embedText)

  const order = orderSql(node, (term) => orderValue(term, node, base, compilation))
  const inner = compilation.alias('page')
  const columns = new Map<string, Fragment>()
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
