import { type DocumentNode, type GraphQLSchema, Kind, type OperationDefinitionNode } from 'graphql'
import type { Entity } from '../model/index.ts'
import { sourceOf } from '../schema/index.ts'
import { pagingOf, planCall } from './call.ts'
import { planDelete, planInsert, planUpdate, planUpdateMany } from './changes.ts'
import type { Condition } from './condition-plan.ts'
import { planEntities } from './entities.ts'
import { keyCondition } from './filter.ts'
import { type Arguments, readArguments } from './input.ts'
import { leaf } from './page.ts'
import type { OperationPlan, RootPlan } from './plan.ts'
import { planRow, planRows, planTyped } from './rows.ts'
import { peekTrait, type Scope } from './scope.ts'
import { type Selected, select } from './select.ts'
import { userError } from './user-error.ts'
import type { Variables } from './value.ts'

/** Turns a validated operation into what it asks of the database. Pure: the schema, the document, the variables. */
export function planOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
  { maxPageSize }: Pick<Scope, 'maxPageSize'>,
): { plan: OperationPlan; shapedBy: Scope['shapedBy'] } {
  const fragments = new Map(
    document.definitions.flatMap((node) =>
      node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node] as const] : [],
    ),
  )
  const kind = operation.operation === 'mutation' ? 'mutation' : 'query'
  const type = schema.getRootType(operation.operation)
  if (!type) throw userError(`the schema has no ${operation.operation} type`)

  const reads = kind === 'query'
  const scope: Scope = {
    schema,
    fragments,
    variables,
    shapedBy: new Map(),
    mixed: false,
    reads,
    conditions: 0,
    maxPageSize,
  }
  const roots = select(type, [operation], scope, (selected) => planRoot(selected, scope))
  return { plan: { kind, roots, mixed: scope.mixed, reads: scope.reads }, shapedBy: scope.shapedBy }
}

function planRoot(selected: Selected, scope: Scope): RootPlan | undefined {
  const { key, field, nodes } = selected
  const source = sourceOf(field)
  const [node] = nodes
  const args: Arguments = node ? readArguments(field, node, scope, source?.kind !== 'call') : new Map()

  switch (source?.kind) {
    case 'collection': {
      const { entity } = source
      return { kind: 'rows', key, rows: planRows(selected, entity, { kind: 'table', entity }, args, scope) }
    }
    case 'byKey':
      return { kind: 'row', key, row: byKey(selected, source.entity, args, scope) }
    case 'node':
      return planNode(selected, source.entities, args, scope)
    case 'entities':
      return planEntities(selected, source.entities, args, scope)
    case 'call': {
      const { returns } = source.field
      const call = planCall(source.field, args, scope)
      if (returns.kind === 'value') return { kind: 'value', key, call, type: returns.type }
      const entity = returns.entity()
      return returns.kind === 'row'
        ? { kind: 'row', key, row: planRow(selected, entity, { kind: 'call', call }, scope) }
        : {
            kind: 'rows',
            key,
            rows: planRows(selected, entity, { kind: 'call', call }, pagingOf(source.field, args), scope),
          }
    }
    case 'insert':
      return planInsert(selected, source.entity, args, scope)
    case 'update':
      return planUpdate(selected, source.entity, args, scope)
    case 'updateMany':
      return planUpdateMany(selected, source.entity, args, scope)
    case 'delete':
      return planDelete(selected, source.entity, args, scope)
    default:
      return undefined
  }
}

function byKey(selected: Selected, entity: Entity, args: Arguments, scope: Scope) {
  const of = entity.key.flatMap((field): Condition[] => {
    const value = leaf(args.get(field.name))
    return value ? [{ kind: 'compare', field, operator: 'eq', value }] : []
  })
  const row = planRow(selected, entity, { kind: 'table', entity }, scope)
  return { ...row, filter: { kind: 'all', of } as const }
}

/** `node(nodeId:)`: the id says which table; its type decides which fragments apply. */
function planNode({ key, nodes }: Selected, entities: readonly Entity[], args: Arguments, scope: Scope): RootPlan {
  const id = leaf(args.get('nodeId'))
  const named = id && peekTrait('#table', id, scope)
  if (!named) throw userError('Invalid value passed to nodeId argument')
  const entity = entities.find(({ table }) => table.schema === named.schema && table.name === named.table)
  const [object] = entity ? planTyped([entity], nodes, scope) : []
  if (!entity || !object) return { kind: 'nothing', key }
  return {
    kind: 'row',
    key,
    row: { source: { kind: 'table', entity }, filter: keyCondition(entity, id, scope), object },
  }
}
