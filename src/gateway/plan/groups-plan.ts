import type { ColumnField } from '../model/index.ts'
import type { Operator } from './condition-plan.ts'
import type { ConstantField } from './plan.ts'
import type { Value } from './value.ts'

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
  | ConstantField
  | { readonly kind: 'aggregate'; readonly key: string; readonly fields: readonly AggregateField[] }
  | { readonly kind: 'groupKey'; readonly key: string; readonly columns: readonly AggregateColumn[] }

export type AggregateField =
  | ConstantField
  | { readonly kind: 'count'; readonly key: string }
  | { readonly kind: 'sum' | 'avg' | 'min' | 'max'; readonly key: string; readonly columns: readonly AggregateColumn[] }

export type AggregateColumn =
  | ConstantField
  | { readonly kind: 'column'; readonly key: string; readonly field: ColumnField }
