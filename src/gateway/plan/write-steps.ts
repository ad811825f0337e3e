import type { ColumnField, Entity } from '../model/index.ts'
import type { OnConflict, RowPlace, WriteLink, WriteStep } from './changes-plan.ts'
import type { Condition } from './condition-plan.ts'
import type { Input } from './input.ts'
import { userError } from './user-error.ts'
import type { Value } from './value.ts'

/** Columns with what the client gave for them. */
export type Given = readonly (readonly [field: ColumnField, value: Input])[]

/** A row that is to be tied to another one, which an earlier step has written or found. */
export interface Tie {
  readonly use: WriteLink['use']
  readonly columns: WriteLink['columns']
  readonly to: RowPlace
}

export interface WrittenRow {
  readonly by: Given
  readonly values: Given
  readonly ties: readonly Tie[]
}

/** What holds for all rows of a step. */
export type Limits = Pick<WriteStep, 'refusal' | 'absent' | 'onConflict' | 'filter' | 'atMost'> & {
  readonly filter?: Condition | undefined
  readonly atMost?: Value
  readonly onConflict?: OnConflict | undefined
}

/** Far more than a person writes; each is a statement. Rows of one shape share theirs, however many they are. */
export const maxSteps = 100

/** The steps of one write, in order. */
export function createSteps() {
  const steps: (WriteStep & { readonly keep: Set<string> })[] = []

  /** Adds the steps for some rows, one for each shape; where each row will be found. */
  function write(
    verb: WriteStep['verb'],
    entity: Entity,
    rows: readonly WrittenRow[],
    limits: Limits = {},
  ): readonly RowPlace[] {
    const places: RowPlace[] = []
    for (const group of Map.groupBy(rows.entries(), ([, row]) => shapeOf(row)).values()) {
      const [first] = group.map(([, row]) => row)
      if (!first) continue
      const { by, values, ties } = first
      const step = steps.push({
        verb,
        entity,
        by: by.map(([field]) => field),
        columns: values.map(([field]) => field),
        links: ties.map(({ use, columns, to }) => ({ use, columns, step: to.step })),
        rows: group.map(([, row]) => ({
          key: row.by.map(([, value]) => value),
          values: row.values.map(([, value]) => value),
          places: row.ties.map(({ to }) => to.place),
        })),
        keep: new Set(),
        ...limits,
      })
      if (step > maxSteps)
        throw userError(`A mutation may take ${maxSteps} steps; rows that name the same columns are one.`)
      group.forEach(([index, { ties }], place) => {
        places[index] = { step: step - 1, place }
        for (const { to, columns } of ties) for (const { other } of columns) steps[to.step]?.keep.add(other)
      })
    }
    return places
  }

  return { steps, write }
}

/** Whether a row is written at all, for what is written for its sake. */
export function conditionsOf(ties: readonly Tie[]): Tie[] {
  return ties.flatMap((tie) => (tie.use === 'when' || tie.use === 'missing' ? [{ ...tie, use: 'when' }] : []))
}

function shapeOf({ by, values, ties }: WrittenRow): string {
  const names = (given: Given) => given.map(([{ name }]) => name).join()
  const tied = ties.map(({ use, to, columns }) => `${use}${to.step}${columns.map(({ own }) => own).join()}`)
  return [names(by), names(values), ...tied].join(';')
}
