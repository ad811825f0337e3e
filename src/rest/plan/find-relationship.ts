import type { Table } from '#database'
import { ambiguousRelationship, noRelationship } from '../errors/index.ts'
import type { Model, Relationship } from '../model/index.ts'

/**
 * The relationship that an embedded resource means: named by table, computed relationship, constraint or foreign key
 * column, told from others by a hint (constraint, column on either side, junction).
 *
 * @throws RestError PGRST200 for none, PGRST201 for several
 */
export function findRelationship(model: Model, from: Table, target: string, hint: string | undefined): Relationship {
  const found = model
    .relationships(from)
    .filter((one) => one.kind === 'computed' || one.to.schema === from.schema)
    .filter((one) => isMeant(one, target, hint))
  const [first, second] = found
  if (!first) throw noRelationship(model, from, target, hint)
  if (second)
    throw ambiguousRelationship(
      from.name,
      target,
      found.filter((one) => one.kind !== 'computed'),
    )
  return first
}

function isMeant(one: Relationship, target: string, hint: string | undefined): boolean {
  if (one.kind === 'computed') return one.fn.name === target
  const byTable = target === one.to.name
  if (one.from.oid === one.to.oid && one.kind !== 'many-to-many') {
    // One key of a table to itself goes both ways: its table's name means the many, its column the one.
    if (hint !== undefined) return byTable && one.kind === 'one-to-many' && isSingle(one, 1, hint)
    return one.kind === 'one-to-many' ? byTable : one.kind === 'many-to-one' && isSingle(one, 0, target)
  }
  if (hint !== undefined) {
    if (!byTable) return false
    if (one.kind === 'many-to-many') return one.junction.name === hint
    return one.constraint === hint || isSingle(one, 0, hint) || isSingle(one, 1, hint)
  }
  if (byTable) return true
  if (one.kind === 'many-to-many' || one.to.kind === 'view' || one.to.kind === 'materialized view') return false
  return one.constraint === target || isSingle(one, 0, target)
}

/** Whether the key is this one column, on the near (0) or the far (1) side. */
function isSingle(one: Relationship, side: 0 | 1, name: string): boolean {
  return 'columns' in one && one.columns.length === 1 && one.columns[0]?.[side] === name
}
