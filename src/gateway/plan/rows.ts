import { type FieldNode, type GraphQLField, type GraphQLObjectType, getNamedType, isObjectType } from 'graphql'
import type { Entity } from '../model/index.ts'
import { sourceOf } from '../schema/index.ts'
import { collectFields } from './collect-fields.ts'
import { planFilter } from './filter.ts'
import { type Arguments, readArguments } from './input.ts'
import { planOrder } from './order.ts'
import { planDistinct, planPage } from './page.ts'
import type {
  AggregateColumn,
  AggregateField,
  ConnectionField,
  EdgeField,
  ObjectField,
  ObjectPlan,
  PageInfoField,
  RowPlan,
  RowsPlan,
  Source,
} from './plan.ts'
import type { Scope } from './scope.ts'

type Nodes = readonly Pick<FieldNode, 'selectionSet'>[]
type Field = GraphQLField<unknown, unknown>

export interface Selected {
  readonly key: string
  readonly nodes: readonly FieldNode[]
  readonly field: Field
}

/** The selection below some nodes of one field: `__typename` apart, the fields that the type defines. */
export function select<T>(
  type: GraphQLObjectType,
  nodes: Nodes,
  scope: Scope,
  plan: (selected: Selected) => T | undefined,
): (T | { readonly kind: 'typename'; readonly key: string; readonly name: string })[] {
  const planned: (T | { readonly kind: 'typename'; readonly key: string; readonly name: string })[] = []
  const selectionSets = nodes.map((node) => node.selectionSet)
  for (const [key, own] of collectFields(type, selectionSets, scope)) {
    const name = own[0]?.name.value ?? ''
    const field = type.getFields()[name]
    const part = field && plan({ key, nodes: own, field })
    if (name === '__typename') planned.push({ kind: 'typename', key, name: type.name })
    else if (part !== undefined) planned.push(part)
    else if (!field) scope.mixed = true
  }
  return planned
}

/** The type of a field's rows or row. */
export function objectType(field: Field): GraphQLObjectType {
  const type = getNamedType(field.type)
  if (!isObjectType(type)) throw new Error(`${field.name} is not of an object type`)
  return type
}

/** A connection field: its rows, their order and page, and what is asked of them. */
export function planRows(
  { field, nodes }: Selected,
  entity: Entity,
  source: Source,
  args: Arguments,
  scope: Scope,
): RowsPlan {
  const fields = select(objectType(field), nodes, scope, (selected): ConnectionField | undefined => {
    switch (sourceOf(selected.field)?.kind) {
      case 'totalCount':
        return { kind: 'totalCount', key: selected.key }
      case 'aggregate':
        return { kind: 'aggregate', key: selected.key, fields: planAggregate(selected, scope) }
      case 'edges':
        return { kind: 'edges', key: selected.key, fields: planEdges(selected, entity, scope) }
      case 'pageInfo':
        return { kind: 'pageInfo', key: selected.key, fields: planPageInfo(selected, scope) }
      default:
        return undefined
    }
  })
  const filter = planFilter(args.get('filter'), entity, scope)
  const distinctOn = planDistinct(args.get('distinctOn'), entity, scope)
  const order = planOrder(args.get('orderBy'), entity, scope)
  return { entity, source, filter, distinctOn, order, page: planPage(args, entity, order, scope), fields }
}

function planEdges({ field, nodes }: Selected, entity: Entity, scope: Scope): EdgeField[] {
  return select(objectType(field), nodes, scope, (selected): EdgeField | undefined => {
    switch (sourceOf(selected.field)?.kind) {
      case 'cursor':
        return { kind: 'cursor', key: selected.key }
      case 'edgeNode':
        return {
          kind: 'node',
          key: selected.key,
          object: planObject(objectType(selected.field), selected.nodes, entity, scope),
        }
      default:
        return undefined
    }
  })
}

function planAggregate({ field, nodes }: Selected, scope: Scope): AggregateField[] {
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

function planPageInfo({ field, nodes }: Selected, scope: Scope): PageInfoField[] {
  return select(objectType(field), nodes, scope, ({ key, field }): PageInfoField | undefined => {
    const kind = sourceOf(field)?.kind
    return kind === 'hasNextPage' || kind === 'hasPreviousPage' || kind === 'startCursor' || kind === 'endCursor'
      ? { kind, key }
      : undefined
  })
}

/** One row of a table: columns, relations and computed fields to any depth. */
export function planObject(type: GraphQLObjectType, nodes: Nodes, entity: Entity, scope: Scope): ObjectPlan {
  const rowColumns = new Set<string>()
  const fields = select(type, nodes, scope, (selected): ObjectField | undefined => {
    const { key, field } = selected
    const source = sourceOf(field)
    switch (source?.kind) {
      case 'column':
        return { kind: 'column', key, field: source.field }
      case 'nodeId':
        return { kind: 'nodeId', key }
      case 'one':
        return {
          kind: 'row',
          key,
          row: planRow(selected, source.relation.to(), { kind: 'relation', relation: source.relation }, scope),
        }
      case 'many':
        return {
          kind: 'rows',
          key,
          rows: rowsOf(selected, source.relation.to(), { kind: 'relation', relation: source.relation }),
        }
      case 'computed': {
        const { returns } = source.field
        if (returns.kind === 'value') return { kind: 'computed', key, field: source.field, type: returns.type }
        const from: Source = { kind: 'computed', field: source.field }
        return returns.kind === 'row'
          ? { kind: 'row', key, row: planRow(selected, returns.entity(), from, scope) }
          : { kind: 'rows', key, rows: rowsOf(selected, returns.entity(), from) }
      }
      case 'code':
        scope.mixed = true
        for (const column of source.columns) rowColumns.add(column)
        return undefined
      default:
        scope.mixed = true
        return undefined
    }
  })
  return { entity, fields, rowColumns: [...rowColumns] }

  function rowsOf(selected: Selected, target: Entity, source: Source): RowsPlan {
    const [node] = selected.nodes
    const args: Arguments = node ? readArguments(selected.field, node, scope) : new Map()
    return planRows(selected, target, source, args, scope)
  }
}

export function planRow({ field, nodes }: Selected, entity: Entity, source: Source, scope: Scope): RowPlan {
  return { source, filter: undefined, object: planObject(objectType(field), nodes, entity, scope) }
}
