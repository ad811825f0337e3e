import type { Column, PgFunction, Table } from '#database'
import type { EnumType, ValueType } from './value-type.ts'

/** The API that one role sees, before it is a GraphQL schema: tables by their names in the API, and what joins them. */
export interface Model {
  readonly entities: readonly Entity[]
  readonly functions: readonly FunctionField[]
  readonly enums: readonly EnumType[]
  /** Tables that are not there because their type would be called like another one. */
  readonly unnamed: readonly string[]
}

/** A table or view that the role may use. */
export interface Entity {
  readonly table: Table
  readonly typeName: string
  readonly description: string | undefined
  /** The key that a cursor and a `nodeId` are made of; none for what only a computed field answers a row of. */
  readonly key: readonly ColumnField[]
  readonly columns: readonly ColumnField[]
  readonly relations: readonly Relation[]
  readonly computed: readonly FunctionField[]
  readonly totalCount: boolean
  readonly aggregate: boolean
  readonly maxRows: number
  readonly insertable: readonly ColumnField[]
  readonly updatable: readonly ColumnField[]
  readonly deletable: boolean
  /** No policy hides a row of it from the role. */
  readonly wholeSeen: boolean
}

export interface ColumnField {
  readonly kind: 'column'
  readonly name: string
  readonly description: string | undefined
  readonly column: Column
  readonly type: ValueType
  readonly readable: boolean
}

/** A foreign key seen from one of its ends. */
export interface Relation {
  readonly kind: 'one' | 'many'
  readonly name: string
  readonly description: string | undefined
  readonly from: { readonly columns: readonly string[] }
  /** Resolved late: entities refer to one another. */
  readonly to: () => Entity
  readonly toColumns: readonly string[]
  /** Its columns are of the same types on both sides, and so compared there as here. */
  readonly sameTypes: boolean
  /** The foreign key is on this side: the row names the one it is related to. */
  readonly holdsKey: boolean
  /** A to-one whose row is always there: a foreign key without nulls, to a table that hides no row. */
  readonly required: boolean
  /** The same for the one role that the model is of, from which policies may hide none. */
  readonly certain: boolean
}

/** A function of the database as a field: of a table (its row is the first argument, and not among these), of Query or of Mutation. */
export interface FunctionField {
  readonly kind: 'function'
  readonly name: string
  readonly description: string | undefined
  readonly fn: PgFunction
  readonly arguments: readonly {
    readonly name: string
    readonly parameter: string | null
    readonly type: ValueType
    readonly optional: boolean
    /** Its default where that is a plain value, for introspection; the database has the say. */
    readonly default: string | number | boolean | undefined
  }[]
  readonly returns: FunctionReturn
}

export type FunctionReturn =
  | { readonly kind: 'value'; readonly type: ValueType }
  | { readonly kind: 'row'; readonly entity: () => Entity }
  | { readonly kind: 'rows'; readonly entity: () => Entity }
