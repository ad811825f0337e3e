import { type FieldNode, type GraphQLField, type GraphQLObjectType, getNamedType, isObjectType } from 'graphql'
import { collectFields } from './collect-fields.ts'
import type { TypenameField } from './plan.ts'
import type { Scope } from './scope.ts'

export type Nodes = readonly Pick<FieldNode, 'selectionSet'>[]
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
): (T | TypenameField)[] {
  const planned: (T | TypenameField)[] = []
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
