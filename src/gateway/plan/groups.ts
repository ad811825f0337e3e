import type { ColumnField, Entity } from '../model/index.ts'
import { sourceOf } from '../schema/index.ts'
import { planAggregate } from './aggregate.ts'
import type { Operator } from './condition-plan.ts'
import type {
  AggregateColumn,
  Aggregated,
  GroupField,
  GroupKey,
  GroupOrder,
  GroupsPlan,
  Having,
  TimeBucket,
} from './groups-plan.ts'
import { type Arguments, fieldsOf, type Input, itemsOf } from './input.ts'
import { countArgument, leaf, pageSize } from './page.ts'
import { peek, type Scope } from './scope.ts'
import { objectType, type Selected, select } from './select.ts'
import { userError } from './user-error.ts'

/** `groups(by, having, orderBy, first, offset)`: what the rows that agree in the keys have in common. */
export function planGroups({ field, nodes }: Selected, entity: Entity, args: Arguments, scope: Scope): GroupsPlan {
  const by = itemsOf(args.get('by')).map((item) => planKey(item, entity, scope))
  if (by.length === 0) throw userError('"by" takes at least one column')
  if (new Set(by.map((key) => key.field)).size < by.length) throw userError('"by" takes each column once')
  const first = pageSize(args, 'first', scope)
  const fields = select(objectType(field), nodes, scope, (selected): GroupField | undefined => {
    switch (sourceOf(selected.field)?.kind) {
      case 'aggregate':
        return { kind: 'aggregate', key: selected.key, fields: planAggregate(selected, scope) }
      case 'groupKey':
        return { kind: 'groupKey', key: selected.key, columns: planColumns(selected, scope) }
      default:
        return undefined
    }
  })
  return {
    by,
    having: planHaving(args.get('having'), entity, scope),
    order: itemsOf(args.get('orderBy')).flatMap((item) => planGroupOrder(item, entity, by, scope)),
    limit: Math.min(first ?? entity.maxRows, entity.maxRows),
    offset: countArgument(args, 'offset', scope) ?? 0,
    fields,
  }
}

function planColumns({ field, nodes }: Selected, scope: Scope): AggregateColumn[] {
  return select(objectType(field), nodes, scope, (column): AggregateColumn | undefined => {
    const source = sourceOf(column.field)
    return source?.kind === 'column' ? { kind: 'column', key: column.key, field: source.field } : undefined
  })
}

function planKey(input: Input, entity: Entity, scope: Scope): GroupKey {
  const fields = fieldsOf(input)
  const word = (name: string) => {
    const value = leaf(fields.get(name))
    return value && (peek(value, scope) as string | null)
  }
  const field = columnOf(entity, word('column') ?? '')
  const bucket = (word('bucket') ?? undefined) as TimeBucket | undefined
  const timeZone = leaf(fields.get('timeZone'))
  const { type } = field
  if (bucket && !(type.kind === 'scalar' && ['Date', 'Datetime'].includes(type.scalar)))
    throw userError(`"${field.name}" is no point in time: "bucket" takes columns of Date and Datetime`)
  if (timeZone && !(bucket && type.pg.name === 'timestamptz'))
    throw userError('"timeZone" goes with the bucket of a column with time zone')
  return { field, bucket, timeZone }
}

function columnOf(entity: Entity, name: string): ColumnField {
  const field = entity.columns.find((column) => column.name === name && column.readable)
  if (!field) throw userError(`${entity.typeName} has no column "${name}"`)
  return field
}

/** A condition on groups: by how many rows they are of, and by the aggregates of these. */
function planHaving(input: Input | undefined, entity: Entity, scope: Scope): Having | undefined {
  if (input?.kind !== 'object') return undefined
  scope.conditions += 1 + input.fields.size
  const of = [...input.fields].flatMap(([name, value]): Having[] => {
    switch (name) {
      case 'and':
      case 'or': {
        const inner = itemsOf(value).flatMap((item) => planHaving(item, entity, scope) ?? [])
        return inner.length > 0 ? [{ kind: name === 'and' ? 'all' : 'any', of: inner }] : []
      }
      case 'not': {
        const inner = planHaving(value, entity, scope)
        return inner ? [{ kind: 'not', of: inner }] : []
      }
      case 'count':
        return comparisons({ kind: 'count' }, value, scope)
      default:
        return [...fieldsOf(value)].flatMap(([column, filter]) =>
          comparisons(aggregated(name, columnOf(entity, column)), filter, scope),
        )
    }
  })
  return of.length > 1 ? { kind: 'all', of } : of[0]
}

function comparisons(of: Aggregated, filter: Input, scope: Scope): Having[] {
  return [...fieldsOf(filter)].map(([operator, operand]): Having => {
    if (operator === 'textSearch') throw userError('"having" takes no "textSearch"')
    if (operator !== 'is') {
      const value = leaf(operand) ?? ({ kind: 'constant', value: null } as const)
      return { kind: 'compare', aggregated: of, operator: operator as Operator, value }
    }
    const not = operand.kind === 'leaf' && peek(operand.value, scope) === 'NOT_NULL'
    return { kind: 'isNull', aggregated: of, not }
  })
}

function aggregated(kind: string, field: ColumnField): Aggregated {
  return { kind: kind as 'sum' | 'avg' | 'min' | 'max', field }
}

function planGroupOrder(input: Input, entity: Entity, by: readonly GroupKey[], scope: Scope): GroupOrder[] {
  const given = [...fieldsOf(input)].flatMap(([name, value]): [string, string | undefined, Input][] =>
    value.kind === 'object'
      ? [...value.fields].map(([column, direction]) => [name, column, direction])
      : [[name, undefined, value]],
  )
  if (given.length > 1) throw userError('each entry of "orderBy" takes one value')
  return given.flatMap(([name, column, direction]): GroupOrder[] => {
    if (direction.kind !== 'leaf') {
      if (direction.kind === 'null') return []
      throw userError('Groups are ordered by their keys and aggregates')
    }
    const word = String(peek(direction.value, scope))
    const order = { descending: word.startsWith('Desc'), nullsFirst: word.endsWith('First') }
    if (column === undefined) return [{ by: { kind: 'count' }, ...order }]
    const field = columnOf(entity, column)
    if (name !== 'key') return [{ by: aggregated(name, field), ...order }]
    const index = by.findIndex((key) => key.field === field)
    if (index < 0) throw userError(`Groups have no "${column}" to be ordered by: it is not in "by"`)
    return [{ by: { kind: 'key', index }, ...order }]
  })
}
