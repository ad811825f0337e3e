import type { Value } from './values.ts'
import type { Column, Role, Table } from './world.ts'

/** An operation as data, from which its GraphQL text is written and its answer worked out. */
export interface Operation {
  readonly kind: 'query' | 'mutation'
  readonly role: Role
  readonly sub: number
  readonly roots: readonly Root[]
  /** Filters, rows and pages come as variables rather than in the text. */
  readonly inVariables: boolean
}

export type Root = ({ readonly kind: 'rows' } & Connection) | Change

export type Change = { readonly table: Table; readonly records: Selection | undefined } & (
  | { readonly kind: 'insert'; readonly rows: readonly GivenRow[]; readonly onConflict: OnConflict | undefined }
  | ({ readonly kind: 'update'; readonly set: GivenRow; readonly related?: RelatedChange } & Bounded)
  | ({ readonly kind: 'delete' } & Bounded)
  | { readonly kind: 'updateMany'; readonly updates: readonly { readonly id: Value; readonly set: GivenRow }[] }
  | { readonly kind: 'nest'; readonly rows: readonly NestedRow[] }
)

export type GivenRow = Readonly<Record<string, Value>>

interface Bounded {
  readonly filter: Filter
  readonly atMost: number
}

/** On the key; which rows are updated is by `b`, where it matters. */
export interface OnConflict {
  readonly update: readonly string[]
  readonly where: boolean | undefined
}

/** A row with those it refers to and those that refer to it. */
export interface NestedRow {
  readonly row: GivenRow
  readonly parent:
    | { readonly kind: 'create'; readonly row: GivenRow }
    | { readonly kind: 'connect'; readonly id: Value }
    | { readonly kind: 'connectOrCreate'; readonly id: Value; readonly row: GivenRow }
    | undefined
  readonly children:
    | { readonly kind: 'create'; readonly table: Table; readonly rows: readonly GivenRow[] }
    | { readonly kind: 'connect'; readonly table: Table; readonly ids: readonly Value[] }
    | undefined
}

/** Of rows that refer to the updated ones. */
export type RelatedChange = { readonly table: Table } & (
  | ({ readonly kind: 'deleteWhere' } & Bounded)
  | ({ readonly kind: 'updateWhere'; readonly set: GivenRow } & Bounded)
)

/** Full-text search, by the configuration "simple". */
export interface Search {
  readonly query: string
  readonly type: 'plain' | 'phrase' | 'websearch' | 'raw'
}

/** Of what lies in a JSON document at a path. */
export interface PathCondition {
  readonly at: readonly string[]
  readonly operator: string
  readonly value: string | number | readonly (string | number)[]
}

export interface Connection {
  readonly table: Table
  readonly filter: Filter | undefined
  readonly distinctOn: readonly Column[]
  readonly order: readonly Term[]
  readonly page: Page
  readonly node: Selection
  readonly totalCount: boolean
  readonly pageInfo: boolean
  readonly cursors: boolean
  /** Columns with an aggregate each. */
  readonly aggregate: Aggregate | undefined
  readonly groups: Groups | undefined
}

export interface Page {
  readonly first?: number
  readonly last?: number
  readonly offset?: number
  /** Values for the terms of the order, and for the key behind them. */
  readonly after?: readonly Value[]
  readonly before?: readonly Value[]
}

export interface Aggregate {
  readonly sum: readonly string[]
  readonly min: readonly string[]
  readonly max: readonly string[]
}

export interface Groups {
  readonly by: readonly { readonly column: Column; readonly bucket: 'Day' | 'Month' | 'Year' | undefined }[]
  readonly atLeast: number | undefined
  readonly byCount: Direction | undefined
  readonly first: number | undefined
  readonly offset: number | undefined
}

/** What rows are ordered by: a column, one of the parent, or how many rows of a table refer to them. */
export type Term = { readonly direction: Direction } & (
  | { readonly kind: 'column' | 'parent'; readonly column: Column }
  | { readonly kind: 'count'; readonly child: Table }
)

export type Direction = 'AscNullsFirst' | 'AscNullsLast' | 'DescNullsFirst' | 'DescNullsLast'

export interface Selection {
  readonly columns: readonly string[]
  readonly parent: Selection | undefined
  readonly children: Connection | undefined
}

export type Filter =
  | {
      readonly kind: 'compare'
      readonly column: Column
      readonly operator: string
      readonly value: Value | readonly Value[]
    }
  | ({ readonly kind: 'search'; readonly column: Column } & Search)
  | ({ readonly kind: 'path'; readonly column: Column } & PathCondition)
  | { readonly kind: 'and' | 'or'; readonly of: readonly Filter[] }
  | { readonly kind: 'not'; readonly of: Filter }
  | { readonly kind: 'parent'; readonly table: Table; readonly of: Filter }
  | { readonly kind: 'some' | 'none' | 'every'; readonly table: Table; readonly of: Filter }
