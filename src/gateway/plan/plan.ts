import type { ColumnField, Entity, FunctionField, Relation, ValueType } from '../model/index.ts'
import type { ChangePlan } from './changes-plan.ts'
import type { Condition } from './condition-plan.ts'
import type { AggregateField, GroupsPlan } from './groups-plan.ts'
import type { Value } from './value.ts'

/** What an operation asks of the database: a tree of small records, turned into SQL by the query stage. */
export interface OperationPlan {
  readonly kind: 'query' | 'mutation'
  /** The root fields that the database answers, in the order of the selection. */
  readonly roots: readonly RootPlan[]
  /** Some field of the operation is answered by code, so the result passes through graphql-js. */
  readonly mixed: boolean
  /** A query that calls no function which may change something. */
  readonly reads: boolean
}

/** What is known before the statement runs: `__typename` of an object, or the place of what code answers. */
export interface ConstantField {
  readonly kind: 'constant'
  readonly key: string
  readonly json: string
}

export type RootPlan =
  | ConstantField
  | { readonly kind: 'rows'; readonly key: string; readonly rows: RowsPlan }
  | { readonly kind: 'row'; readonly key: string; readonly row: RowPlan }
  | { readonly kind: 'value'; readonly key: string; readonly call: CallPlan; readonly type: ValueType }
  | { readonly kind: 'entities'; readonly key: string; readonly entities: EntitiesPlan }
  /** Nothing can answer to what was asked: a `nodeId` of no table. */
  | { readonly kind: 'nothing'; readonly key: string }
  | ChangePlan

/** Rows of a connection. */
export interface RowsPlan {
  readonly entity: Entity
  readonly source: Source
  readonly filter: Condition | undefined
  /** Of rows that agree in these columns, only the first in the order. */
  readonly distinctOn: readonly ColumnField[]
  readonly order: readonly OrderTerm[]
  readonly page: Page
  readonly fields: readonly ConnectionField[]
}

/** At most one row. */
export interface RowPlan {
  readonly source: Source
  readonly filter: Condition | undefined
  readonly object: ObjectPlan
}

/** Rows of several tables by their keys, in the order they were asked for: `_entities` of Apollo Federation. */
export interface EntitiesPlan {
  readonly representations: Value
  /** No more than so many. */
  readonly count: number
  readonly groups: readonly EntityGroup[]
}

/** Those of one table that are named by the same key. */
export interface EntityGroup {
  readonly entity: Entity
  readonly keys: readonly (readonly ColumnField[])[]
  /** The one of the keys. */
  readonly key: readonly ColumnField[]
  readonly object: ObjectPlan
}

export type Source =
  | { readonly kind: 'table'; readonly entity: Entity }
  | { readonly kind: 'relation'; readonly relation: Relation }
  | { readonly kind: 'call'; readonly call: CallPlan }
  /** Rows that a function answered in an earlier statement of the same transaction, kept in a setting. */
  | { readonly kind: 'kept'; readonly setting: string; readonly entity: Entity }
  /** A function over the row at hand. */
  | { readonly kind: 'computed'; readonly call: CallPlan }

export interface CallPlan {
  readonly field: FunctionField
  readonly arguments: readonly { readonly parameter: string | null; readonly type: ValueType; readonly value: Value }[]
}

export interface ObjectPlan {
  readonly entity: Entity
  readonly fields: readonly ObjectField[]
  /** Columns that code-backed fields declared; they travel beside the fields. */
  readonly rowColumns: readonly string[]
}

export type ObjectField =
  | ConstantField
  | { readonly kind: 'column'; readonly key: string; readonly field: ColumnField }
  | { readonly kind: 'nodeId'; readonly key: string }
  | { readonly kind: 'computed'; readonly key: string; readonly call: CallPlan; readonly type: ValueType }
  | { readonly kind: 'row'; readonly key: string; readonly row: RowPlan }
  | { readonly kind: 'rows'; readonly key: string; readonly rows: RowsPlan }

export type ConnectionField =
  | ConstantField
  | { readonly kind: 'totalCount'; readonly key: string }
  | { readonly kind: 'aggregate'; readonly key: string; readonly fields: readonly AggregateField[] }
  | { readonly kind: 'groups'; readonly key: string; readonly groups: GroupsPlan }
  | { readonly kind: 'edges'; readonly key: string; readonly fields: readonly EdgeField[] }
  | { readonly kind: 'pageInfo'; readonly key: string; readonly fields: readonly PageInfoField[] }

export type EdgeField =
  | ConstantField
  | { readonly kind: 'cursor'; readonly key: string }
  | { readonly kind: 'node'; readonly key: string; readonly object: ObjectPlan }

export type PageInfoField =
  | ConstantField
  | {
      readonly kind: 'hasNextPage' | 'hasPreviousPage' | 'startCursor' | 'endCursor'
      readonly key: string
    }

export interface OrderTerm {
  /** What the term's values are like: a column, or what stands for one where the value is of related rows. */
  readonly field: ColumnField
  readonly through?: Through
  readonly descending: boolean
  readonly nullsFirst: boolean
  /** Nobody asked for it: a column of the key, which decides between rows that agree in all before it. */
  readonly isTie?: boolean
}

/** The way from a row to a value of others: to-one relations to the row that has it, or whose `counted` rows count. */
export interface Through {
  readonly path: readonly Relation[]
  /** How many of the first steps find a row for each. */
  readonly certain: number
  readonly counted: Relation | undefined
}

export interface Page {
  readonly limit: number
  /** How many rows are skipped. */
  readonly offset: Value | undefined
  /** The last rows are asked for: read from the end, answered in order. */
  readonly backward: boolean
  readonly cursor: Cursor | undefined
}

/** Where the page starts, or ends when read backward; decoded when its value is bound. */
export interface Cursor {
  readonly value: Value
  /** Of the terms of the order that it places rows by, all or the first of them, which are null there. */
  readonly nulls: readonly boolean[]
  /** Which ties descended when it was made; none where all ascended. */
  readonly descending: readonly boolean[]
}
