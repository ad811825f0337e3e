import type { FunctionName, NamedType, PgFunction, Table } from '#database'
import type { MediaHandler, Relationship } from '../model/index.ts'
import type { Aggregate, Field, MediaKind, MediaType, Payload, Test } from '../request/index.ts'

/**
 * What a request becomes: everything resolved against the catalogue, nothing of SQL yet. It holds none of the request's
 * values, so that it serves every request of the same shape.
 */
export type Plan = ReadPlan | ChangePlan | CallPlan

interface BasePlan {
  /** The rows of the answer. */
  readonly root: Node
  readonly answer: Answer
}

export interface ReadPlan extends BasePlan {
  readonly kind: 'read'
}

export interface ChangePlan extends BasePlan {
  readonly kind: 'insert' | 'update' | 'upsert' | 'delete'
  readonly table: Table
  readonly where: readonly Condition[]
  /** The columns that the body sets. */
  readonly columns: readonly WrittenColumn[]
  /** What the body is; undefined without one. `flat` only where the values' texts are all that their columns' types read. */
  readonly body?: Payload['shape']
  /** A key that is not in a row's object takes the column's default rather than null. */
  readonly missingIsDefault: boolean
  readonly conflict?: { readonly columns: readonly string[]; readonly merge: boolean }
  /** The columns whose values make the `Location` header. */
  readonly location?: readonly string[]
}

export interface WrittenColumn extends NamedType {
  /** The place of its value in a flat body. */
  readonly at: number
  readonly default: string | null
  /** Makes the column's value of the JSON in the body, where that is not its type's own affair. */
  readonly read?: FunctionName
}

export interface CallPlan extends BasePlan {
  readonly kind: 'call'
  readonly fn: PgFunction
  readonly arguments: CallArguments
  readonly returns: 'void' | 'value' | 'values' | 'row' | 'rows'
  /** May write: its outcome is checked before the transaction ends. */
  readonly writes: boolean
}

export type CallArguments =
  | { readonly kind: 'none' }
  /** The whole body is the one argument. */
  | { readonly kind: 'body'; readonly type: number }
  /** By name, out of a JSON object. */
  | { readonly kind: 'json'; readonly names: readonly NamedType[]; readonly body: Payload['shape'] }
  /** By name, from the query string. */
  | { readonly kind: 'values'; readonly names: readonly NamedType[] }

/** The form of the answer, and what else is asked about it. */
export interface Answer {
  readonly media: MediaType
  /** The form of the body; `none` where only headers are asked for. */
  readonly body: MediaKind | 'handled' | 'none'
  /** What makes the body, where it is `handled` by SQL of the database's own. */
  readonly handler?: MediaHandler
  /** Whether one row and no other is what the client asks for, told of it or not. */
  readonly single: boolean
  readonly explain?: { readonly format: 'text' | 'json'; readonly options: readonly string[] }
  readonly count?: 'exact' | 'planned' | 'estimated'
  readonly maxRows: number | undefined
  /** More rows than these undo the transaction. */
  readonly atMost?: number
}

/** A resource: rows of one table, view or function, with what is selected of them. */
export interface Node {
  /** What the request calls it, and its key in the answer. */
  readonly name: string
  readonly key: string
  /** Undefined for rows of a function that are no table's. */
  readonly table: Table | undefined
  readonly columns: readonly NamedType[] | undefined
  readonly relationship?: Relationship
  readonly join: 'left' | 'inner'
  readonly spread: boolean
  readonly fields: readonly OutputField[]
  readonly embeds: readonly Node[]
  readonly where: readonly Condition[]
  readonly order: readonly Order[]
  readonly limit: number | undefined
  readonly offset: number
}

export interface Column {
  readonly name: string
  /** Undefined for a computed column, and for one that does not exist: which, Postgres says. */
  readonly type: number | undefined
  readonly path: Field['path']
  /** Makes a value of a filter's text, where that is not its type's own affair. */
  readonly read?: FunctionName
}

export interface OutputField {
  readonly key: string
  /** Undefined for `count()`. */
  readonly column: Column | undefined
  readonly cast?: string
  readonly aggregate?: Aggregate
  readonly aggregateCast?: string
  /** Makes JSON of the value, where its type's own is not to be shown. */
  readonly show?: FunctionName
}

export type Condition =
  | { readonly kind: 'test'; readonly column: Column; readonly negated: boolean; readonly test: Test }
  | { readonly kind: 'and' | 'or'; readonly negated: boolean; readonly of: readonly Condition[] }
  /** Whether an embedded resource has any row. */
  | { readonly kind: 'embedded'; readonly embed: string; readonly isNull: boolean }

export interface Order {
  /** The key of a to-one embedded resource. */
  readonly embed?: string
  readonly column: Column
  readonly descending: boolean
  readonly nulls?: 'first' | 'last'
}
