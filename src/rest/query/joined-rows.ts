import { sql } from 'kysely'
import { type Fragment, whereSql } from '#database'
import type { Node } from '../plan/index.ts'
import { type Base, type Compilation, columnList, type RowSource, selected } from './row-source.ts'
import { conditionsOf, embeddedBase } from './source.ts'

/** The one row of a to-one resource, joined to the row that it is embedded in. */
export interface JoinedRow extends RowSource {
  /** Complete once all that is wanted of the row was read. */
  join(): Fragment
  /** A column that is null where there is no such row; undefined where rows that have none are left out. */
  readonly mark: string | undefined
}

/** By the resource: those that are not joined are looked up. */
export type JoinedRows = ReadonlyMap<Node, JoinedRow>

/**
 * Joins each to-one resource that rows are filtered or ordered by: what is answered of it is then read of the same row, not
 * looked up a second time.
 */
export function joinedRows(node: Node, base: Base, compilation: Compilation): JoinedRows {
  const isLookedAt = ({ key, join }: Node) => join === 'inner' || node.order.some(({ embed }) => embed === key)
  const wanted = node.embeds.filter((embed) => isLookedAt(embed) && isNamedByKey(embed))
  return new Map(wanted.map((embed) => [embed, joinedRow(embed, base, compilation)]))
}

function joinedRow(embed: Node, parent: RowSource, compilation: Compilation): JoinedRow {
  const base = embeddedBase(embed, parent, compilation)
  const where = whereSql(conditionsOf(embed, base, compilation))
  const alias = compilation.alias('joined')
  const columns = new Map<string, Fragment>()
  const isInner = embed.join === 'inner'
  const [pair] = embed.relationship && 'columns' in embed.relationship ? embed.relationship.columns : []
  return {
    ...selected(alias, base, columns),
    mark: isInner ? undefined : pair?.[1],
    join: () =>
      sql`${isInner ? sql` join` : sql` left join`} lateral (select ${columnList(columns)} from ${base.from}${where}) as ${sql.id(alias)} on true`,
  }
}

/** Whether a constraint keeps the rows of a resource apart by what they are embedded by, and nothing else picks among them. */
function isNamedByKey({ relationship: one, offset, order }: Node): boolean {
  if (!one?.toOne || !('columns' in one) || offset > 0 || order.length > 0) return false
  return (
    !one.to.inherited &&
    one.to.uniques.some((unique) => unique.every((name) => one.columns.some(([, far]) => far === name)))
  )
}
