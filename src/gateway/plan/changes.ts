import type { Entity } from '../model/index.ts'
import { sourceOf } from '../schema/index.ts'
import { planFilter } from './filter.ts'
import type { Arguments, Input } from './input.ts'
import { leaf } from './page.ts'
import type { ChangeField, ChangePlan } from './plan.ts'
import { objectType, planObject, type Selected, select } from './rows.ts'
import type { Scope } from './scope.ts'
import { userError } from './user-error.ts'

export function planInsert(selected: Selected, entity: Entity, args: Arguments, scope: Scope): ChangePlan {
  const objects = args.get('objects')
  const items = objects?.kind === 'list' ? objects.items : objects ? [objects] : []
  const rows = items.map((item) => (item.kind === 'object' ? item.fields : new Map<string, Input>()))
  if (rows.length === 0) throw userError('At least one record must be provided to objects')
  return { kind: 'insert', key: selected.key, entity, rows, fields: changeFields(selected, entity, scope) }
}

export function planUpdate(selected: Selected, entity: Entity, args: Arguments, scope: Scope): ChangePlan {
  const set = args.get('set')
  if (set?.kind !== 'object' || set.fields.size === 0)
    throw userError('At least one mapping must be provided to set argument')
  return { kind: 'update', ...bounded(selected, entity, args, scope), set: set.fields }
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
