import type { Entity, Relation } from '../model/index.ts'
import type { RowPlace } from './changes-plan.ts'
import { fieldsOf } from './input.ts'
import { byConflict, cleared, opsOf, type RelatedOp, whereOf } from './related-input.ts'
import { userError } from './user-error.ts'
import { conditionsOf, type Given, type Tie } from './write-steps.ts'
import type { NewRow, Writes } from './writes.ts'

/** What is known of a row before it is written: the rows it refers to, and columns that refer to none any more. */
export interface Ahead {
  readonly ties: Tie[]
  readonly cleared: Given[number][]
}

interface AskedOp extends RelatedOp {
  readonly index: number
  readonly ties: readonly Tie[]
}

/** Writes or finds the rows that rows refer to; they come before them. */
export function writeReferred(writes: Writes, entity: Entity, rows: readonly NewRow[]): readonly Ahead[] {
  const ahead = rows.map((): Ahead => ({ ties: [], cleared: [] }))
  for (const relation of entity.relations) {
    if (!relation.holdsKey) continue
    const asked = rows.flatMap(({ fields, ties }, index) =>
      onlyOne(relation, opsOf(relation, fields)).map((op): AskedOp => ({ ...op, index, ties: conditionsOf(ties) })),
    )
    const named = (name: string) => asked.filter((op) => op.name === name)
    const columns = relation.toColumns.map((other, i) => ({ own: relation.from.columns[i] ?? '', other }))
    const tie = (ops: readonly AskedOp[], places: readonly RowPlace[]) => {
      for (const [i, { index }] of ops.entries())
        ahead[index]?.ties.push({ use: 'set', columns, to: places[i] as RowPlace })
    }
    const target = relation.to()

    for (const { ops, onConflict } of byConflict(target, named('create'), writes.scope))
      tie(
        ops,
        writes.insert(
          target,
          ops.map(({ input, ties }) => ({ fields: fieldsOf(input), ties })),
          onConflict,
        ),
      )
    const connects = named('connect')
    tie(
      connects,
      writes.find(
        relation,
        connects.map(({ input, ties }) => ({ key: input, ties })),
      ),
    )
    const either = named('connectOrCreate')
    writes.createAbsent(target, either)
    tie(
      either,
      writes.find(
        relation,
        either.map(({ input, ties }) => ({ key: whereOf(input), ties })),
      ),
    )
    for (const { index } of named('disconnect')) ahead[index]?.cleared.push(...cleared(entity, relation.from.columns))
  }
  return ahead
}

/** Ways to say which row is referred to, of which one serves. */
const ways: ReadonlySet<string> = new Set(['create', 'connect', 'connectOrCreate', 'disconnect'])

function onlyOne({ name }: Relation, ops: readonly RelatedOp[]): readonly RelatedOp[] {
  const one = ops.filter((op) => ways.has(op.name))
  if (one.length > 1 || (ops.length > 1 && one.length === 1)) throw userError(`"${name}" takes one record`)
  return one
}
