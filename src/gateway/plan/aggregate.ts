import { sourceOf } from '../schema/index.ts'
import type { AggregateColumn, AggregateField } from './groups-plan.ts'
import type { Scope } from './scope.ts'
import { objectType, type Selected, select } from './select.ts'

/** The aggregates that are asked for, of all rows or of those of a group. */
export function planAggregate({ field, nodes }: Selected, scope: Scope): AggregateField[] {
  return select(objectType(field), nodes, scope, ({ key, field, nodes }): AggregateField | undefined => {
    const kind = sourceOf(field)?.kind
    if (kind === 'count') return { kind, key }
    if (kind !== 'sum' && kind !== 'avg' && kind !== 'min' && kind !== 'max') return undefined
    const columns = select(objectType(field), nodes, scope, (column): AggregateColumn | undefined => {
      const source = sourceOf(column.field)
      return source?.kind === 'column' ? { kind: 'column', key: column.key, field: source.field } : undefined
    })
    return { kind, key, columns }
  })
}
