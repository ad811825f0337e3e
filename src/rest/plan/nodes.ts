import type { NamedType, Table } from '#database'
import { badQuery, noAggregates, notEmbedded, notImplemented, orderNotToOne } from '../errors/index.ts'
import type { Model } from '../model/index.ts'
import type { At, Field, Logic, OrderTerm, Query, Range, SelectItem } from '../request/index.ts'
import { findRelationship } from './find-relationship.ts'
import type { Column, Condition, Node, Order, OutputField } from './plan.ts'
import { readFromText, shownBy } from './representations.ts'

export interface NodeSettings {
  readonly maxRows: number | undefined
  readonly aggregates: boolean
  /** Whether rows of the root are those of a change: neither filtered again nor limited. */
  readonly changed: boolean
}

export interface RootRows {
  readonly name: string
  readonly table: Table | undefined
  readonly columns: readonly NamedType[] | undefined
}

/** More embedded resources than these in one request are refused. */
const maxNodes = 200

/** A node while what the query string says of it is put in its place. */
interface Draft extends Omit<Node, 'embeds' | 'where' | 'order' | 'limit' | 'offset'> {
  readonly embeds: readonly Draft[]
  readonly conditions: Logic[]
  readonly orders: OrderTerm[]
  range: Range
}

/** The tree of resources that a query asks for, from its root. @throws RestError */
export function planNodes(model: Model, query: Query, range: Range, root: RootRows, settings: NodeSettings): Node {
  let count = 0

  function draft(
    items: readonly SelectItem[],
    rows: RootRows,
    own: Pick<Draft, 'key' | 'join' | 'spread' | 'relationship'>,
  ): Draft {
    if (++count > maxNodes)
      throw badQuery('"failed to parse select parameter"', `more than ${maxNodes} embedded resources`)
    const fields = items.flatMap((item) => (item.kind === 'field' ? outputFields(model, item, rows) : []))
    const embeds = items.flatMap((item) => {
      if (item.kind !== 'embed') return []
      if (!rows.table) throw notEmbedded(item.name)
      const relationship = findRelationship(model, rows.table, item.name, item.hint)
      const to = { name: item.name, table: relationship.to, columns: relationship.to.columns }
      const { join = 'left', spread } = item
      return [draft(item.select, to, { key: item.alias ?? item.name, join, spread, relationship })]
    })
    return { ...rows, ...own, fields, embeds, conditions: [], orders: [], range: { offset: 0 } }
  }

  const tree = draft(query.select, root, { key: root.name, join: 'left', spread: false })
  tree.range = range
  const placed = <T>({ path, of }: At<T>, put: (node: Draft, of: T) => void) => put(at(tree, path), of)
  for (const one of query.conditions) {
    if (!settings.changed || one.path.length > 0) placed(one, (node, of) => node.conditions.push(of))
  }
  for (const one of query.orders) placed(one, (node, of) => node.orders.splice(0, Number.POSITIVE_INFINITY, ...of))
  for (const one of query.ranges) {
    if (one.path.length > 0 && !settings.changed) placed(one, (node, of) => Object.assign(node, { range: of }))
  }
  return finish(tree, true)

  function finish(node: Draft, isRoot: boolean): Node {
    if (!settings.aggregates && node.fields.some(({ aggregate, key }) => aggregate && key !== countColumn))
      throw noAggregates()
    if (node.spread && !node.relationship?.toOne && node.fields.some(({ aggregate }) => aggregate))
      throw notImplemented('Aggregates are not implemented for one-to-many or many-to-many spreads.')
    const { conditions, orders, range: own, fields, ...rest } = node
    const unlimited = isRoot && settings.changed
    return {
      ...rest,
      fields: fields.map(({ key, ...field }) => ({ ...field, key: key === countColumn ? 'count' : key })),
      embeds: node.embeds.map((embed) => finish(embed, false)),
      where: conditions.map((logic) => condition(model, node, logic)),
      order: orders.map((term) => order(model, node, term)),
      limit: unlimited ? undefined : atMost(own.limit, settings.maxRows),
      offset: unlimited ? 0 : Math.max(own.offset, 0),
    }
  }
}

/** `messages(count)`: read as a column of that name, which Postgres takes for the aggregate; allowed always. */
const countColumn = '\0count'

function outputFields(model: Model, item: SelectItem & { kind: 'field' }, rows: RootRows): OutputField[] {
  const { field, alias, cast, aggregate, aggregateCast } = item
  if (field.name === '*' && !aggregate) {
    return (rows.columns ?? []).map(({ name, type }) => ({
      key: name,
      column: { name, type, path: [] },
      ...(rows.table && shownBy(model, type)),
    }))
  }
  const casts = { ...(cast !== undefined && { cast }), ...(aggregateCast !== undefined && { aggregateCast }) }
  if (field.name === '*' && aggregate) return [{ key: alias ?? aggregate, column: undefined, aggregate, ...casts }]
  const column = columnOf(model, rows, field)
  const counts = field.name === 'count' && field.path.length === 0 && column.type === undefined && !aggregate
  if (counts) {
    return [{ key: alias ?? countColumn, column: undefined, aggregate: 'count', ...casts }]
  }
  const key = alias ?? aggregate ?? lastKey(field) ?? field.name
  const shown = !aggregate && rows.table && isOwn(rows, field) ? shownBy(model, column.type) : {}
  return [{ key, column, ...(aggregate && { aggregate }), ...casts, ...shown }]
}

/** The last key of a JSON path names the field: `data->1->title->>2` is `title`. */
function lastKey({ path }: Field): string | undefined {
  return path.findLast(({ key }) => key !== undefined)?.key
}

/** A column of the table itself, and the whole of its value. */
function isOwn({ columns }: RootRows, { name, path }: Field): boolean {
  return path.length === 0 && columns?.some((column) => column.name === name) === true
}

function columnOf(model: Model, { table, columns }: RootRows, { name, path }: Field): Column {
  const own = columns?.find((column) => column.name === name)?.type
  return { name, type: own ?? (table && model.computed(table, name)?.returns), path }
}

function at(node: Draft, path: readonly string[]): Draft {
  return path.reduce((from, name) => {
    const embed = from.embeds.find(({ key }) => key === name) ?? from.embeds.find((one) => one.name === name)
    if (!embed) throw notEmbedded(name)
    return embed
  }, node)
}

function condition(model: Model, node: Draft, logic: Logic): Condition {
  if (logic.kind !== 'test') return { ...logic, of: logic.of.map((inner) => condition(model, node, inner)) }
  const { field, negated, test } = logic
  const column = columnOf(model, node, field)
  const isEmbed = field.path.length === 0 && node.embeds.some(({ key }) => key === field.name)
  if (isEmbed && test.kind === 'is' && (test.what === 'null' || test.what === 'not null')) {
    return { kind: 'embedded', embed: field.name, isNull: (test.what === 'null') !== negated }
  }
  return { kind: 'test', column: { ...column, ...readFromText(model, column.type, column.path) }, negated, test }
}

function order(model: Model, node: Draft, { relation, field, descending, nulls }: OrderTerm): Order {
  const direction = { descending, ...(nulls && { nulls }) }
  if (relation === undefined) return { column: columnOf(model, node, field), ...direction }
  const embed = node.embeds.find(({ key }) => key === relation)
  if (!embed) throw notEmbedded(relation)
  if (!embed.relationship?.toOne) throw orderNotToOne(node.name, relation)
  return { embed: relation, column: columnOf(model, embed, field), ...direction }
}

function atMost(limit: number | undefined, maxRows: number | undefined): number | undefined {
  const asked = limit !== undefined && limit >= 0 ? limit : undefined
  if (asked === undefined) return maxRows
  return maxRows === undefined ? asked : Math.min(asked, maxRows)
}
