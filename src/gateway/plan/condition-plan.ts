import type { ColumnField, Relation } from '../model/index.ts'
import type { Value } from './value.ts'

/** What a filter asks of a row. */
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

/** Of a JSON document, or of what lies in it at a path. */
export type JsonOperator =
  | Exclude<Operator, 'overlaps'>
  | 'hasKey'
  | 'hasAllKeys'
  | 'hasAnyKey'
  | 'matches'
  | 'isNull'
  | 'isNotNull'
