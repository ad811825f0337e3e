import type { MediaType } from './media-type.ts'
import type { Payload } from './payload.ts'
import type { Preferences } from './preferences.ts'

/** One arrow: `->key`, `->1`, and as text `->>key`. */
export interface JsonStep {
  readonly text: boolean
  readonly key?: string
  readonly index?: number
}

export interface Field {
  readonly name: string
  readonly path: readonly JsonStep[]
}

export type Aggregate = 'sum' | 'avg' | 'count' | 'max' | 'min'

export type SelectItem =
  | {
      readonly kind: 'field'
      readonly field: Field
      readonly alias?: string
      readonly cast?: string
      readonly aggregate?: Aggregate
      readonly aggregateCast?: string
    }
  | {
      readonly kind: 'embed'
      readonly name: string
      readonly alias?: string
      readonly hint?: string
      readonly join?: 'inner' | 'left'
      readonly spread: boolean
      readonly select: readonly SelectItem[]
    }

/**
 * Which of the request's values: the tree itself holds none, so that requests which differ only in values are alike,
 * and run as one prepared statement.
 */
export type ValueRef = number

export type Quantifier = 'any' | 'all'

export type Test =
  | { readonly kind: 'compare'; readonly operator: string; readonly quantifier?: Quantifier; readonly value: ValueRef }
  | { readonly kind: 'in'; readonly value: ValueRef }
  | { readonly kind: 'is'; readonly what: 'null' | 'not null' | 'true' | 'false' | 'unknown' }
  | { readonly kind: 'distinct'; readonly value: ValueRef }
  | { readonly kind: 'search'; readonly operator: string; readonly language?: ValueRef; readonly value: ValueRef }

export type Logic =
  | { readonly kind: 'test'; readonly field: Field; readonly negated: boolean; readonly test: Test }
  | { readonly kind: 'and' | 'or'; readonly negated: boolean; readonly of: readonly Logic[] }

export interface OrderTerm {
  /** The embedded resource whose column it is. */
  readonly relation?: string
  readonly field: Field
  readonly descending: boolean
  readonly nulls?: 'first' | 'last'
}

/** Something said of the resource at the end of a path of embedded ones; of the root for an empty path. */
export interface At<T> {
  readonly path: readonly string[]
  readonly of: T
}

export interface Range {
  readonly offset: number
  readonly limit?: number
}

export interface Query {
  readonly select: readonly SelectItem[]
  readonly conditions: readonly At<Logic>[]
  readonly orders: readonly At<readonly OrderTerm[]>[]
  readonly ranges: readonly At<Range>[]
  readonly columns?: readonly string[]
  readonly onConflict?: readonly string[]
  /** Arguments of a function that is called by GET. */
  readonly parameters: readonly (readonly [name: string, value: string])[]
  readonly values: readonly string[]
  /** The query string with its parameters in order. */
  readonly canonical: string
}

export type Action = 'read' | 'insert' | 'update' | 'upsert' | 'delete' | 'call' | 'describe' | 'options'

export interface RestRequest {
  readonly action: Action
  readonly method: string
  /** The table or function; undefined for the root. */
  readonly target?: { readonly kind: 'table' | 'function'; readonly name: string }
  readonly schema: string
  /** The schema is one of several, and is named in the answer. */
  readonly profiled: boolean
  readonly headOnly: boolean
  readonly query: Query
  /** Of the root: what `limit`, `offset` and the `Range` header leave together. */
  readonly range: Range
  readonly preferences: Preferences
  readonly accepts: readonly MediaType[]
  readonly contentType: MediaType
  readonly payload?: Payload
}
