import type { Catalog, PgFunction, Table } from '#database'
import { foreignKeyLinks, type KeyLink } from './key-links.ts'

/** Pairs of columns: of the table that embeds, and of the one that is embedded (or the junction between). */
export type ColumnPairs = readonly (readonly [string, string])[]

interface Related {
  readonly from: Table
  readonly to: Table
  /** At most one row: an object rather than a list. */
  readonly toOne: boolean
}

/** How a table can embed another. */
export type Relationship =
  | (Related & {
      readonly kind: 'many-to-one' | 'one-to-many' | 'one-to-one'
      readonly constraint: string
      readonly columns: ColumnPairs
    })
  | (Related & {
      readonly kind: 'many-to-many'
      readonly junction: {
        readonly schema: string
        readonly name: string
        readonly constraints: readonly [string, string]
        /** From the embedding table to the junction. */
        readonly near: ColumnPairs
        /** From the embedded table to the junction. */
        readonly far: ColumnPairs
      }
    })
  | (Related & { readonly kind: 'computed'; readonly fn: PgFunction })

/** What each table can embed, by its oid. */
export function relationshipsOf(
  catalog: Catalog,
  byRowType: ReadonlyMap<number, Table>,
): ReadonlyMap<number, readonly Relationship[]> {
  const links = foreignKeyLinks(catalog)
  const found: Relationship[] = []
  for (const link of links) {
    if (link.source.table && link.target.table) {
      found.push(forth(link, link.source.table, link.target.table), back(link, link.source.table, link.target.table))
    }
  }
  found.push(...throughJunctions(links))

  const computed = catalog.functions.flatMap((fn) => computedRelationship(fn, byRowType))
  // A function by the name of a table takes the place of what was detected between the two.
  const replaced = new Set(computed.map(({ from, fn }) => `${from.oid} ${fn.schema} ${fn.name}`))
  const kept = found.filter(({ from, to }) => !replaced.has(`${from.oid} ${to.schema} ${to.name}`))
  return Map.groupBy([...computed, ...kept.toSorted(inOrder)], ({ from }) => from.oid)
}

function forth(link: KeyLink, from: Table, to: Table): Relationship {
  const { constraint, columns, unique } = link
  return { kind: unique ? 'one-to-one' : 'many-to-one', from, to, toOne: true, constraint, columns }
}

function back(link: KeyLink, to: Table, from: Table): Relationship {
  const { constraint, unique } = link
  const columns = link.columns.map(([a, b]) => [b, a] as const)
  return { kind: unique ? 'one-to-one' : 'one-to-many', from, to, toOne: unique, constraint, columns }
}

/** A table whose key holds two foreign keys joins the tables they point to. */
function throughJunctions(links: readonly KeyLink[]): Relationship[] {
  const bySource = Map.groupBy(
    links.filter(({ unique, source }) => !unique && source.exposed),
    ({ source }) => `${source.schema}\0${source.name}`,
  )
  return [...bySource.values()].flatMap((own) =>
    own.flatMap((near) =>
      own.flatMap((far): Relationship[] => {
        const from = near.target.table
        const to = far.target.table
        if (near.constraint === far.constraint || !from || !to) return []
        const joined = [...near.columns, ...far.columns].map(([column]) => column)
        if (!joined.every((column) => near.source.primaryKey.includes(column))) return []
        const junction = {
          schema: near.source.schema,
          name: near.source.name,
          constraints: [near.constraint, far.constraint] as const,
          near: near.columns.map(([a, b]) => [b, a] as const),
          far: far.columns.map(([a, b]) => [b, a] as const),
        }
        return [{ kind: 'many-to-many', from, to, toOne: false, junction }]
      }),
    ),
  )
}

/** A function from a table's row to rows of a table. */
function computedRelationship(
  fn: PgFunction,
  byRowType: ReadonlyMap<number, Table>,
): (Relationship & { kind: 'computed' })[] {
  const from = byRowType.get(fn.arguments[0]?.type ?? 0)
  const to = byRowType.get(fn.returns)
  if (fn.arguments.length !== 1 || !from || !to) return []
  return [{ kind: 'computed', from, to, toOne: !fn.returnsSet || fn.rows === 1, fn }]
}

const kinds = ['one-to-many', 'many-to-one', 'one-to-one', 'many-to-many', 'computed']

function inOrder(a: Relationship, b: Relationship): number {
  const rank = (one: Relationship) =>
    [one.to.schema, one.to.name, String(kinds.indexOf(one.kind)), 'constraint' in one ? one.constraint : ''].join('\0')
  return rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0
}
