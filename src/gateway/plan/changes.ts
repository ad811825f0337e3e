import type { Entity } from '../model/index.ts'
import { sourceOf } from '../schema/index.ts'
import type { ChangeField, ChangePlan, RowPlace, WritePlan } from './changes-plan.ts'
import { planFilter } from './filter.ts'
import { type Arguments, type Fields, fieldsOf, itemsOf } from './input.ts'
import { planOnConflict } from './on-conflict.ts'
import { leaf } from './page.ts'
import { namesRelated } from './related-input.ts'
import { planObject } from './rows.ts'
import type { Scope } from './scope.ts'
import { objectType, type Selected, select } from './select.ts'
import { keyOf } from './unique-key.ts'
import { userError } from './user-error.ts'
import { maxSteps } from './write-steps.ts'
import { createWrites, type Writes } from './writes.ts'

export function planInsert(selected: Selected, entity: Entity, args: Arguments, scope: Scope): ChangePlan {
  const rows = itemsOf(args.get('objects')).map(fieldsOf)
  if (rows.length === 0) throw userError('At least one record must be provided to objects')
  const base = { key: selected.key, entity, fields: changeFields(selected, entity, scope) }
  const onConflict = planOnConflict(args.get('onConflict'), entity, scope)
  if (!rows.some((row) => namesRelated(entity.relations, row)) && !isMixed(rows))
    return { kind: 'insert', ...base, rows, onConflict }
  const writes = createWrites(scope)
  const roots = writes.insert(
    entity,
    rows.map((fields) => ({ fields, ties: [] })),
    onConflict,
  )
  return writePlan(base, writes, roots)
}

/** Rows up to which each value is a parameter of its own where they do not name the same columns. */
const fewRows = 100

/** Many rows of a few shapes take a statement a shape: in one, their values would be too many to be planned in no time. */
function isMixed(rows: readonly Fields[]): boolean {
  if (rows.length <= fewRows) return false
  const shapes = new Set(rows.map((row) => [...row.keys()].join()))
  return shapes.size > 1 && shapes.size <= maxSteps
}

export function planUpdate(selected: Selected, entity: Entity, args: Arguments, scope: Scope): ChangePlan {
  const set = args.get('set')
  if (set?.kind !== 'object' || set.fields.size === 0)
    throw userError('At least one mapping must be provided to set argument')
  const { filter, atMost, ...base } = bounded(selected, entity, args, scope)
  if (!namesRelated(entity.relations, set.fields)) return { kind: 'update', ...base, filter, atMost, set: set.fields }
  const writes = createWrites(scope)
  const limits = { filter, atMost, refusal: 'update impacts too many records' }
  return writePlan(base, writes, writes.update(entity, [{ by: [], set: set.fields, ties: [] }], limits))
}

/** Many rows at once, each by its key and with values of its own. */
export function planUpdateMany(selected: Selected, entity: Entity, args: Arguments, scope: Scope): ChangePlan {
  const updates = itemsOf(args.get('updates')).map(fieldsOf)
  if (updates.length === 0) throw userError('At least one record must be provided to updates')
  const items = updates.map((fields) => ({
    by: keyOf(entity, fields.get('where') ?? { kind: 'null' }),
    set: fieldsOf(fields.get('set')),
    ties: [],
  }))
  const writes = createWrites(scope)
  const base = { key: selected.key, entity, fields: changeFields(selected, entity, scope) }
  return writePlan(base, writes, writes.update(entity, items, {}))
}

type Base = Pick<WritePlan, 'key' | 'entity' | 'fields'>

/** What the answer tells of a row is read by its key. */
function writePlan(base: Base, { steps }: Writes, roots: readonly RowPlace[]): WritePlan {
  if (base.fields.some(({ kind }) => kind === 'records')) {
    for (const { step } of roots) for (const { column } of base.entity.key) steps[step]?.keep.add(column.name)
  }
  return { kind: 'write', ...base, steps, roots }
}

export function planDelete(selected: Selected, entity: Entity, args: Arguments, scope: Scope): ChangePlan {
  return { kind: 'delete', ...bounded(selected, entity, args, scope) }
}

function bounded(selected: Selected, entity: Entity, args: Arguments, scope: Scope) {
  return {
    key: selected.key,
    entity,
    filter: planFilter(args.get('filter'), entity, scope),
    atMost: leaf(args.get('atMost')) ?? ({ kind: 'constant', value: 1 } as const),
    fields: changeFields(selected, entity, scope),
  }
}

function changeFields({ field, nodes }: Selected, entity: Entity, scope: Scope): ChangeField[] {
  return select(objectType(field), nodes, scope, (selected): ChangeField | undefined => {
    switch (sourceOf(selected.field)?.kind) {
      case 'affectedCount':
        return { kind: 'affectedCount', key: selected.key }
      case 'records':
        return {
          kind: 'records',
          key: selected.key,
          object: planObject(objectType(selected.field), selected.nodes, entity, scope),
        }
      default:
        return undefined
    }
  })
}
