import type { Entity } from '../model/index.ts'
import { fieldsOf } from './input.ts'
import { byConflict, notThere, opsOf, tieTo, whereOf } from './related-input.ts'
import { keyOf } from './unique-key.ts'
import { userError } from './user-error.ts'
import type { MaybeRow, PlacedRow, Writes } from './writes.ts'

/** Writes the rows that refer to rows, or ties those that are there; they come after them. */
export function writeReferring(writes: Writes, entity: Entity, rows: readonly PlacedRow[]): void {
  for (const relation of entity.relations) {
    if (relation.holdsKey) continue
    const asked = rows.flatMap(({ fields, at, when }) => {
      const added = opsOf(relation, fields).filter(({ name }) => ways.has(name))
      if (relation.kind === 'one' && added.length > 1) throw userError(`"${relation.name}" takes one record`)
      return added.map((op) => ({ ...op, ties: [tieTo(relation, at, 'set'), ...when] }))
    })
    const named = (name: string) => asked.filter((op) => op.name === name)
    const target = relation.to()
    const connect = (keys: readonly MaybeRow[]) => {
      const keyed = keys.map(({ input, ties }) => ({ by: keyOf(target, input), values: [], ties }))
      writes.write('update', target, keyed, { refusal: notThere(relation) })
    }

    connect(named('connect'))
    const either = named('connectOrCreate')
    writes.createAbsent(target, either)
    connect(either.map(({ input, ties }) => ({ input: whereOf(input), ties })))
    for (const { ops, onConflict } of byConflict(target, named('create'), writes.scope))
      writes.insert(
        target,
        ops.map(({ input, ties }) => ({ fields: fieldsOf(input), ties })),
        onConflict,
      )
  }
}

const ways: ReadonlySet<string> = new Set(['create', 'connect', 'connectOrCreate'])
