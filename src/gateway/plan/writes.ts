import type { Entity, Relation } from '../model/index.ts'
import type { OnConflict, RowPlace } from './changes-plan.ts'
import { type Fields, fieldsOf, type Input } from './input.ts'
import { writeReferred } from './referred-rows.ts'
import { writeReferring } from './referring-rows.ts'
import { changeRelated } from './related-changes.ts'
import { columnsOf, namesRelated, notThere, whereOf } from './related-input.ts'
import type { Scope } from './scope.ts'
import { keyOf } from './unique-key.ts'
import { userError } from './user-error.ts'
import { conditionsOf, createSteps, type Given, type Limits, type Tie, type WrittenRow } from './write-steps.ts'

/** A row to write, as the client gave it. */
export interface NewRow {
  readonly fields: Fields
  readonly ties: readonly Tie[]
}

/** A record that may be there: `{where, create}`. */
export interface MaybeRow {
  readonly input: Input
  readonly ties: readonly Tie[]
}

/** Plans a part of a nested write. Rows refer to rows, so that each of these may call the others. */
export interface Writes extends ReturnType<typeof createSteps> {
  readonly scope: Scope
  insert(entity: Entity, rows: readonly NewRow[], onConflict?: OnConflict): readonly RowPlace[]
  update(
    entity: Entity,
    rows: readonly { readonly by: Given; readonly set: Fields; readonly ties: readonly Tie[] }[],
    limits: Limits,
  ): readonly RowPlace[]
  /** Rows by their keys, all of which must be there, as far as the caller can see. */
  find(relation: Relation, rows: readonly { readonly key: Input; readonly ties: readonly Tie[] }[]): readonly RowPlace[]
  /** Of rows by their keys, inserts those that are not there; another one who does so at the same time does no harm. */
  createAbsent(entity: Entity, rows: readonly MaybeRow[]): void
}

/**
 * Plans a nested write level by level: all rows of a level that are of one shape are one step, so that the number of
 * statements depends on what is asked, not on how many rows it is asked for.
 */
export function createWrites(scope: Scope): Writes {
  const writes: Writes = { ...createSteps(), scope, insert, update, find, createAbsent }
  const { steps, write } = writes

  function insert(entity: Entity, rows: readonly NewRow[], onConflict?: OnConflict): readonly RowPlace[] {
    if (rows.length === 0) return []
    const ahead = writeReferred(writes, entity, rows)
    const written = rows.map(({ fields, ties }, i): WrittenRow => {
      const all = [...ties, ...(ahead[i]?.ties ?? [])]
      return { by: [], values: columnsOf(entity.insertable, fields, all), ties: all }
    })
    const places = write('insert', entity, written, { onConflict })
    const count = steps.length
    writeReferring(writes, entity, placed(rows, places))
    const partial = onConflict && (onConflict.update.length === 0 || onConflict.filter)
    if (partial && steps.length > count)
      throw userError('An insert that may leave a row as it is takes no related records: name "updateColumns".')
    return places
  }

  function update(entity: Entity, rows: Parameters<Writes['update']>[1], limits: Limits): readonly RowPlace[] {
    if (rows.length === 0) return []
    const given = rows.map(({ set, ties }) => ({ fields: set, ties }))
    const ahead = writeReferred(writes, entity, given)
    const written = rows.map(({ by, set, ties }, i): WrittenRow => {
      const { ties: own = [], cleared = [] } = ahead[i] ?? {}
      const all = [...ties, ...own]
      return { by, values: [...columnsOf(entity.updatable, set, all), ...cleared], ties: all }
    })
    // Nothing of the row itself changes: it is only looked up, for what is related to it.
    const isChange = ({ values, ties }: WrittenRow) => values.length > 0 || ties.some(({ use }) => use === 'set')
    const places: RowPlace[] = []
    for (const [changes, group] of Map.groupBy(written.entries(), ([, row]) => isChange(row))) {
      const made = write(
        changes ? 'update' : 'find',
        entity,
        group.map(([, row]) => row),
        limits,
      )
      for (const [i, [index]] of group.entries()) places[index] = made[i] as RowPlace
    }
    const done = placed(given, places)
    changeRelated(writes, entity, done)
    writeReferring(writes, entity, done)
    return places
  }

  function find(relation: Relation, rows: Parameters<Writes['find']>[1]): readonly RowPlace[] {
    const target = relation.to()
    const keyed = rows.map(({ key, ties }) => ({ by: keyOf(target, key), values: [], ties }))
    return write('find', target, keyed, { refusal: notThere(relation) })
  }

  function createAbsent(entity: Entity, rows: readonly MaybeRow[]): void {
    if (rows.length === 0) return
    const given = rows.map(({ input, ties }) => {
      const create = fieldsOf(fieldsOf(input).get('create'))
      return { by: keyOf(entity, whereOf(input)), fields: create, ties }
    })
    const tied = ifMissing(entity, given)
    const ahead = writeReferred(writes, entity, tied)
    const written = tied.map(({ by, fields, ties }, i): WrittenRow => {
      const all = [...ties, ...(ahead[i]?.ties ?? [])]
      const others = columnsOf(entity.insertable, fields, all).filter(([field]) => !by.some(([key]) => key === field))
      return { by, values: [...by, ...others], ties: all }
    })
    const places = write('insert', entity, written, { absent: true })
    const made = placed(tied, places)
    writeReferring(
      writes,
      entity,
      made.map((row) => ({ ...row, when: [{ use: 'when', columns: [], to: row.at }] })),
    )
  }

  /** What a row refers to is written before it: of one that may be there already, only if it is not. Those come first. */
  function ifMissing<Row extends NewRow & { readonly by: Given }>(entity: Entity, rows: readonly Row[]): Row[] {
    const holding = entity.relations.filter(({ holdsKey }) => holdsKey)
    const referring = rows.filter(({ fields }) => namesRelated(holding, fields))
    const keys = referring.map(({ by, ties }) => ({ by, values: [], ties }))
    const missing = write('miss', entity, keys)
    const tied = referring.map((row, i): Row => {
      const tie: Tie = { use: 'missing', columns: [], to: missing[i] as RowPlace }
      return { ...row, ties: [...row.ties, tie] }
    })
    return [...tied, ...rows.filter((row) => !referring.includes(row))]
  }

  return writes
}

/** A row where it is kept, and whether it is, if that is not certain. */
export interface PlacedRow {
  readonly fields: Fields
  readonly at: RowPlace
  readonly when: readonly Tie[]
}

function placed(rows: readonly NewRow[], places: readonly RowPlace[]): PlacedRow[] {
  return rows.map(({ fields, ties }, i) => ({ fields, at: places[i] as RowPlace, when: conditionsOf(ties) }))
}
