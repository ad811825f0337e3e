import type { ColumnField, Entity } from '../model/index.ts'
import type { Condition } from './condition-plan.ts'
import type { Input } from './input.ts'
import type { ConstantField, ObjectPlan } from './plan.ts'
import type { Value } from './value.ts'

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
  /** `miss` finds which of its rows are not there. */
  readonly verb: 'insert' | 'update' | 'delete' | 'find' | 'miss'
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

/**
 * Rows of an earlier step: their columns are written into those of this one (`set`), or say which rows are meant
 * (`match`), or these are written only if those are there (`when`); `missing`, where that step found that they were not.
 */
export interface WriteLink {
  readonly use: 'set' | 'match' | 'when' | 'missing'
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
  | ConstantField
  | { readonly kind: 'affectedCount'; readonly key: string }
  | { readonly kind: 'records'; readonly key: string; readonly object: ObjectPlan }
