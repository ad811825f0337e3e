import type { ColumnField, Entity, FunctionField, Relation, ValueType } from '../model/index.ts'
import type { Input } from './input.ts'
import type { Value } from './value.ts'

/** What an operation asks of the database: a tree of small records, turned into SQL by the query stage. */
export interface OperationPlan {
  readonly kind: 'query' | 'mutation'
  /** The root fields that the database answers, in the order of the selection. */
  readonly roots: readonly RootPlan[]
  /** Some field of the operation is answered by code, so the result passes through graphql-js. */
  readonly mixed: boolean
}

export type RootPlan =
  | { readonly kind: 'typename'; readonly key: string; readonly name: string }
  | { readonly kind: 'rows'; readonly key: string; readonly rows: RowsPlan }
  | { readonly kind: 'row'; readonly key: string; readonly row: RowPlan }
  | { readonly kind: 'value'; readonly key: string; readonly call: CallPlan; readonly type: ValueType }
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

export type Source =
  | { readonly kind: 'table'; readonly entity: Entity }
  | { readonly kind: 'relation'; readonly relation: Relation }
  | { readonly kind: 'call'; readonly call: CallPlan }
  /** Rows that a function answered in an earlier statement of the same transaction, kept in a setting. */
  | { readonly kind: 'kept'; readonly setting: string; readonly entity: Entity }
  /** A function over the row at hand. */
  | { readonly kind: 'computed'; readonly field: FunctionField }

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
  | { readonly kind: 'typename'; readonly key: string; readonly name: string }
  | { readonly kind: 'column'; readonly key: string; readonly field: ColumnField }
  | { readonly kind: 'nodeId'; readonly key: string }
  | { readonly kind: 'computed'; readonly key: string; readonly field: FunctionField; readonly type: ValueType }
  | { readonly kind: 'row'; readonly key: string; readonly row: RowPlan }
  | { readonly kind: 'rows'; readonly key: string; readonly rows: RowsPlan }

export type ConnectionField =
  | { readonly kind: 'typename'; readonly key: string; readonly name: string }
  | { readonly kind: 'totalCount'; readonly key: string }
  | { readonly kind: 'aggregate'; readonly key: string; readonly fields: readonly AggregateField[] }
  | { readonly kind: 'groups'; readonly key: string; readonly groups: GroupsPlan }
  | { readonly kind: 'edges'; readonly key: string; readonly fields: readonly EdgeField[] }
  | { readonly kind: 'pageInfo'; readonly key: string; readonly fields: readonly PageInfoField[] }

/** Rows that agree in some columns, as one. */
export interface GroupsPlan {
  readonly by: readonly GroupKey[]
  readonly having: Having | undefined
  readonly order: readonly GroupOrder[]
  readonly limit: number
  readonly offset: number
  readonly fields: readonly GroupField[]
}

export interface GroupKey {
  readonly field: ColumnField
  readonly bucket: TimeBucket | undefined
  readonly timeZone: Value | undefined
}

export type TimeBucket = 'Second' | 'Minute' | 'Hour' | 'Day' | 'Week' | 'Month' | 'Quarter' | 'Year'

export type Aggregated =
  | { readonly kind: 'count' }
  | { readonly kind: 'sum' | 'avg' | 'min' | 'max'; readonly field: ColumnField }

export type Having =
  | { readonly kind: 'all' | 'any'; readonly of: readonly Having[] }
  | { readonly kind: 'not'; readonly of: Having }
  | { readonly kind: 'compare'; readonly aggregated: Aggregated; readonly operator: Operator; readonly value: Value }
  | { readonly kind: 'isNull'; readonly aggregated: Aggregated; readonly not: boolean }

export interface GroupOrder {
  readonly by: Aggregated | { readonly kind: 'key'; readonly index: number }
  readonly descending: boolean
  readonly nullsFirst: boolean
}

export type GroupField =
  | { readonly kind: 'typename'; readonly key: string; readonly name: string }
  | { readonly kind: 'aggregate'; readonly key: string; readonly fields: readonly AggregateField[] }
  | { readonly kind: 'groupKey'; readonly key: string; readonly columns: readonly AggregateColumn[] }

export type AggregateField =
  | { readonly kind: 'typename'; readonly key: string; readonly name: string }
  | { readonly kind: 'count'; readonly key: string }
  | { readonly kind: 'sum' | 'avg' | 'min' | 'max'; readonly key: string; readonly columns: readonly AggregateColumn[] }

export type AggregateColumn =
  | { readonly kind: 'typename'; readonly key: string; readonly name: string }
  | { readonly kind: 'column'; readonly key: string; readonly field: ColumnField }

export type EdgeField =
  | { readonly kind: 'typename'; readonly key: string; readonly name: string }
  | { readonly kind: 'cursor'; readonly key: string }
  | { readonly kind: 'node'; readonly key: string; readonly object: ObjectPlan }

export type PageInfoField =
  | { readonly kind: 'typename'; readonly key: string; readonly name: string }
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
}

/** The way from a row to a value of others: to-one relations to the row that has it, or whose `counted` rows count. */
export interface Through {
  readonly path: readonly Relation[]
  readonly counted: Relation | undefined
}

export interface Page {
  readonly limit: number
  readonly offset: number
  /** The last rows are asked for: read from the end, answered in order. */
  readonly backward: boolean
  readonly cursor: Cursor | undefined
}

/** Where the page starts, or ends when read backward; decoded when its value is bound. */
export interface Cursor {
  readonly value: Value
  /** How many terms of the order it places rows by: all, or the first of them. */
  readonly terms: number
}

export type Condition =
  | { readonly kind: 'all' | 'any'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'compare'; readonly field: ColumnField; readonly operator: Operator; readonly value: Value }
  | { readonly kind: 'isNull'; readonly field: ColumnField; readonly not: boolean }
  | {
      readonly kind: 'related'
      readonly relation: Relation
      readonly quantifier: Quantifier
      readonly of: Condition | undefined
    }
  | { readonly kind: 'textSearch'; readonly field: ColumnField; readonly search: TextSearch }
  | {
      readonly kind: 'json'
      readonly field: ColumnField
      readonly at: readonly string[]
      readonly operator: JsonOperator
      readonly value: Value
    }
  | { readonly kind: 'never' }

/** How many of the related rows a condition is to hold for; `some` is also what a to-one takes. */
export type Quantifier = 'some' | 'none' | 'every'

export interface TextSearch {
  readonly query: Value
  readonly syntax: 'websearch' | 'plain' | 'phrase' | 'raw'
  /** A configuration of text search: `english`; the database's own where it is left out. */
  readonly config: string | undefined
}

/** Of a JSON document, or of what lies in it at a path. */
export type JsonOperator =
  | Extract<
      Operator,
      | 'eq'
      | 'neq'
      | 'gt'
      | 'gte'
      | 'lt'
      | 'lte'
      | 'in'
      | 'like'
      | 'ilike'
      | 'regex'
      | 'iregex'
      | 'startsWith'
      | 'contains'
      | 'containedBy'
    >
  | 'hasKey'
  | 'hasAllKeys'
  | 'hasAnyKey'
  | 'matches'
  | 'isNull'
  | 'isNotNull'

export type Operator =
  | 'eq'
  | 'neq'
  | 'gt'
  | 'gte'
  | 'lt'
  | 'lte'
  | 'in'
  | 'like'
  | 'ilike'
  | 'regex'
  | 'iregex'
  | 'startsWith'
  | 'contains'
  | 'containedBy'
  | 'overlaps'

export type ChangePlan =
  | (ChangeBase & {
      readonly kind: 'insert'
      readonly rows: readonly ReadonlyMap<string, Input>[]
      readonly onConflict: OnConflict | undefined
    })
  | (ChangeBase & { readonly kind: 'update'; readonly set: ReadonlyMap<string, Input> } & Bounded)
  | (ChangeBase & { readonly kind: 'delete' } & Bounded)
  | WritePlan

/** A change of rows together with their related ones, or of many rows each in its own way: steps, in order. */
export interface WritePlan extends ChangeBase {
  readonly kind: 'write'
  readonly steps: readonly WriteStep[]
  /** Where the rows that the answer tells of are kept, in the order they were given. */
  readonly roots: readonly RowPlace[]
}

/** Where a row is kept: by which step, and as which of its rows. */
export interface RowPlace {
  readonly step: number
  readonly place: number
}

/** One statement of a write, for all rows that are given alike. */
export interface WriteStep {
  readonly verb: 'insert' | 'update' | 'delete' | 'find'
  readonly entity: Entity
  /** The unique key that rows are named by; none where the links say which rows are meant. */
  readonly by: readonly ColumnField[]
  readonly columns: readonly ColumnField[]
  readonly links: readonly WriteLink[]
  readonly rows: readonly WriteRow[]
  /** Columns of what it has written or found that later steps need. */
  readonly keep: ReadonlySet<string>
  readonly filter?: Condition | undefined
  readonly atMost?: Value
  readonly onConflict?: OnConflict | undefined
  /** Of an insert: only rows whose key is not there yet. */
  readonly absent?: boolean
  /** What the client is told where a row is not there, or where there are more than `atMost`. */
  readonly refusal?: string
}

/** Rows of an earlier step: their columns are written into those of this one, or say which rows are meant. */
export interface WriteLink {
  readonly use: 'set' | 'match'
  readonly step: number
  readonly columns: readonly { readonly own: string; readonly other: string }[]
}

/** The values of `by` and `columns`, and the place of the other row for each link. */
export interface WriteRow {
  readonly key: readonly Input[]
  readonly values: readonly Input[]
  readonly places: readonly number[]
}

/** What an insert does with a row whose key is taken: updates it, or leaves it as it is. */
export interface OnConflict {
  readonly constraint: readonly string[]
  readonly update: readonly ColumnField[]
  readonly filter: Condition | undefined
}

interface ChangeBase {
  readonly key: string
  readonly entity: Entity
  readonly fields: readonly ChangeField[]
}

interface Bounded {
  readonly filter: Condition | undefined
  /** More rows than this, and the mutation fails as a whole. */
  readonly atMost: Value
}

export type ChangeField =
  | { readonly kind: 'typename'; readonly key: string; readonly name: string }
  | { readonly kind: 'affectedCount'; readonly key: string }
  | { readonly kind: 'records'; readonly key: string; readonly object: ObjectPlan }
