import { type GraphQLObjectType, isObjectType } from 'graphql'
import type { Entity } from '../model/index.ts'
import { sourceOf, typeKey } from '../schema/index.ts'
import { planAggregate } from './aggregate.ts'
import { pagingOf, planCall } from './call.ts'
import { planFilter } from './filter.ts'
import { planGroups } from './groups.ts'
import { type Arguments, readArguments } from './input.ts'
import { planOrder } from './order.ts'
import { planDistinct, planPage } from './page.ts'
import type {
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
import { type Nodes, objectType, type Selected, select, typename } from './select.ts'
import { tiesAsAt } from './ties.ts'
import { userError } from './user-error.ts'

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
      case 'groups': {
        const [node] = selected.nodes
        const own: Arguments = node ? readArguments(selected.field, node, scope) : new Map()
        return { kind: 'groups', key: selected.key, groups: planGroups(selected, entity, own, scope) }
      }
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
  const today = planOrder(args.get('orderBy'), entity, source.kind === 'table' || source.kind === 'relation', scope)
  const page = planPage(args, entity, today, scope)
  const order = page.cursor ? tiesAsAt(page.cursor, today) : today
  return { entity, source, filter, distinctOn, order, page, fields }
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
      case 'many': {
        const { relation } = source
        const from: Source = { kind: 'relation', relation }
        return { kind: 'rows', key, rows: planRows(selected, relation.to(), from, argumentsOf(selected), scope) }
      }
      case 'computed': {
        const { returns } = source.field
        const args = argumentsOf(selected, false)
        const call = planCall(source.field, args, scope)
        if (returns.kind === 'value') return { kind: 'computed', key, call, type: returns.type }
        const [entity, from] = [returns.entity(), { kind: 'computed', call } as const]
        return returns.kind === 'row'
          ? { kind: 'row', key, row: planRow(selected, entity, from, scope) }
          : { kind: 'rows', key, rows: planRows(selected, entity, from, pagingOf(source.field, args), scope) }
      }
      case 'code':
        for (const column of source.columns) rowColumns.add(column)
        return undefined
      default:
        return undefined
    }
  })
  return { entity, fields, rowColumns: [...rowColumns] }

  function argumentsOf({ field, nodes: [node] }: Selected, defaults = true): Arguments {
    return node ? readArguments(field, node, scope, defaults) : new Map()
  }
}

/** The same where the field may be of several types: graphql-js asks what code is to add to for its own. */
export function planTyped(entities: readonly Entity[], nodes: Nodes, scope: Scope): ObjectPlan[] {
  const around = scope.mixed
  scope.mixed = false
  const planned = entities.map((entity) => {
    const type = scope.schema.getType(entity.typeName)
    if (!isObjectType(type)) throw userError(`There is no type "${entity.typeName}".`)
    return { type, object: planObject(type, nodes, entity, scope) }
  })
  const { mixed } = scope
  scope.mixed ||= around
  return planned.map(({ type, object }) =>
    mixed ? { ...object, fields: [...object.fields, typename(typeKey, type)] } : object,
  )
}

export function planRow({ field, nodes }: Selected, entity: Entity, source: Source, scope: Scope): RowPlan {
  return { source, filter: undefined, object: planObject(objectType(field), nodes, entity, scope) }
}
