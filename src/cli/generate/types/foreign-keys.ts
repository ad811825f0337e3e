import type { Column, ForeignKey, Relation } from './shape.ts'
import type { Origin, ViewColumn } from './view-columns.ts'

/** A foreign key as the database has it: relations by oid, columns by number. */
export interface Constraint {
  readonly name: string
  readonly from: number
  readonly columns: readonly number[]
  readonly to: number
  readonly referenced: readonly number[]
  readonly oneToOne: boolean
}

/** The columns of views, by the view's oid and the column's number. */
export type Views = ReadonlyMap<number, ReadonlyMap<number, ViewColumn>>

type Shown = Omit<Relation, 'foreignKeys'>

/** A shown relation in the role of a table: itself, or a view that passes columns of it on. */
interface Face {
  readonly relation: Shown
  /** The name under which a column of the table is seen. */
  readonly nameOf: ReadonlyMap<number, string>
}

/**
 * The foreign keys of each relation, with those that views inherit: a view stands for a table in every foreign key whose
 * columns it shows, at either end. It is how PostgREST finds what can be embedded.
 * See https://docs.postgrest.org/en/stable/references/api/resource_embedding.html
 */
export function foreignKeys(
  relations: readonly Shown[],
  constraints: readonly Constraint[],
  views: Views,
): (relation: Shown) => readonly ForeignKey[] {
  const facesOf = findFaces(relations, views)
  const found = new Map<number, ForeignKey[]>()
  for (const { name, from, columns, to, referenced, oneToOne } of constraints) {
    for (const near of facesOf(from)) {
      for (const far of facesOf(to)) {
        const [own, other] = [namesIn(near, columns), namesIn(far, referenced)]
        if (near.relation.schema !== far.relation.schema || !own || !other) continue
        const { oid } = near.relation
        const foreignKey = { name, columns: own, oneToOne, relation: far.relation.name, referenced: other }
        found.set(oid, [...(found.get(oid) ?? []), foreignKey])
      }
    }
  }
  return ({ oid }) => (found.get(oid) ?? []).sort(byNameAndTarget)
}

function findFaces(relations: readonly Shown[], views: Views): (table: number) => readonly Face[] {
  const faces = new Map<number, Face[]>()
  for (const relation of relations) {
    const nameOf = new Map<number, Map<number, string>>()
    for (const column of relation.columns) {
      const { relation: table, column: number } = baseOf(relation, column, views)
      const names = nameOf.get(table) ?? new Map<number, string>()
      // Shown twice, the first counts.
      if (!names.has(number)) names.set(number, column.name)
      nameOf.set(table, names)
    }
    for (const [table, names] of nameOf) faces.set(table, [...(faces.get(table) ?? []), { relation, nameOf: names }])
  }
  return (table) => faces.get(table) ?? []
}

/** Follows a column through views of views. */
function baseOf({ oid }: Shown, { number }: Column, views: Views): Origin {
  let at: Origin = { relation: oid, column: number }
  for (let next: Origin | undefined = at; next; next = views.get(at.relation)?.get(at.column)?.origin) at = next
  return at
}

function namesIn({ nameOf }: Face, columns: readonly number[]): string[] | undefined {
  const names = columns.map((column) => nameOf.get(column))
  return names.every((name) => name !== undefined) ? names : undefined
}

function byNameAndTarget(a: ForeignKey, b: ForeignKey): number {
  const [left, right] = [`${a.name}\0${a.relation}`, `${b.name}\0${b.relation}`]
  return left < right ? -1 : left > right ? 1 : 0
}
