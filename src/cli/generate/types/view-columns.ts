import { neverNull } from './never-null.ts'
import { atom, nodesOf, readTree } from './node-tree.ts'

/** Where a column of a view comes from, unchanged: a column of a table or of another view. */
export interface Origin {
  readonly relation: number
  readonly column: number
}

export interface ViewColumn {
  /** None of a column that is computed. */
  readonly origin: Origin | undefined
  /** @param holds whether a column of a relation never is null */
  readonly neverNull: (holds: (origin: Origin) => boolean) => boolean
}

/**
 * The columns of a view by their numbers, from its rewrite rule as Postgres keeps it (`pg_rewrite.ev_action`), a list
 * of one query. Postgres has noted in it which entries are nothing but a column.
 */
export function viewColumns(rule: string): ReadonlyMap<number, ViewColumn> {
  const [query] = nodesOf(readTree(rule))
  if (!query) return new Map()
  return new Map(
    nodesOf(query.fields.get('targetList')).map((entry) => {
      const [number, relation, column] = ['resno', 'resorigtbl', 'resorigcol'].map((name) => Number(atom(entry, name)))
      return [
        number as number,
        {
          origin: relation && column ? { relation, column } : undefined,
          neverNull: (holds) => neverNull(query, number as number, holds),
        },
      ]
    }),
  )
}
