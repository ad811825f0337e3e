import type { Entity, Relation } from '../model/index.ts'
import { fieldsOf, type Input } from './input.ts'
import { bounds, cleared, keyWithin, notThere, opsOf, type RelatedOp, tieTo, whereOf } from './related-input.ts'
import type { Given, Tie, WrittenRow } from './write-steps.ts'
import type { PlacedRow, Writes } from './writes.ts'

/** Changes of rows that are related already: what goes comes first, so that it is not changed in vain. */
export function changeRelated(writes: Writes, entity: Entity, rows: readonly PlacedRow[]): void {
  for (const relation of entity.relations) removeRelated(writes, relation, opsOn(relation, rows))
  for (const relation of entity.relations) updateRelated(writes, relation, opsOn(relation, rows))
}

interface MatchedOp extends RelatedOp {
  readonly ties: readonly Tie[]
}

function opsOn(relation: Relation, rows: readonly PlacedRow[]): MatchedOp[] {
  return rows.flatMap(({ fields, at }) =>
    opsOf(relation, fields).map((op) => ({ ...op, ties: [tieTo(relation, at, 'match')] })),
  )
}

function removeRelated({ write, scope }: Writes, relation: Relation, ops: readonly MatchedOp[]): void {
  const target = relation.to()
  const named = (name: string) => ops.filter((op) => op.name === name)
  const keyed = (name: string, values: Given) =>
    named(name).map(({ input, ties }): WrittenRow => ({ by: keyWithin(relation, input), values, ties }))
  const limits = { refusal: notThere(relation) }

  for (const { input, ties } of named('deleteWhere'))
    write('delete', target, [{ by: [], values: [], ties }], bounds(relation, fieldsOf(input), scope))
  write('delete', target, keyed('delete', []), limits)
  // A row that refers to another one itself is changed with its own columns.
  if (!relation.holdsKey) write('update', target, keyed('disconnect', cleared(target, relation.toColumns)), limits)
}

function updateRelated({ update, scope }: Writes, relation: Relation, ops: readonly MatchedOp[]): void {
  const target = relation.to()
  const setOf = (input: Input) => fieldsOf(fieldsOf(input).get('set'))
  const keyed = ops
    .filter(({ name }) => name === 'update')
    .map(({ input, ties }) => ({ by: keyWithin(relation, whereOf(input)), set: setOf(input), ties }))

  update(target, keyed, { refusal: notThere(relation) })
  for (const { name, input, ties } of ops) {
    if (name !== 'updateWhere') continue
    update(target, [{ by: [], set: setOf(input), ties }], bounds(relation, fieldsOf(input), scope))
  }
}
