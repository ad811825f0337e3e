import { type FieldNode, type GraphQLField, type GraphQLObjectType, getNamedType, isObjectType } from 'graphql'
import { collectFields } from './collect-fields.ts'
import type { ConstantField } from './plan.ts'
import type { Scope } from './scope.ts'

export type Nodes = readonly Pick<FieldNode, 'selectionSet'>[]
type Field = GraphQLField<unknown, unknown>

export interface Selected {
  readonly key: string
  readonly nodes: readonly FieldNode[]
  readonly field: Field
}

/** The selection below some nodes of one field; what `plan` has no answer to is for code. */
export function select<T>(
  type: GraphQLObjectType,
  nodes: Nodes,
  scope: Scope,
  plan: (selected: Selected) => T | undefined,
): (T | ConstantField)[] {
  const selectionSets = nodes.map((node) => node.selectionSet)
  return [...collectFields(type, selectionSets, scope)].map(([key, own]) => {
    const name = own[0]?.name.value ?? ''
    if (name === '__typename') return typename(key, type)
    const field = type.getFields()[name]
    const part = field && plan({ key, nodes: own, field })
    if (part !== undefined) return part
    scope.mixed = true
    return { kind: 'constant', key, json: 'null' }
  })
}

export function typename(key: string, { name }: GraphQLObjectType): ConstantField {
  return { kind: 'constant', key, json: `"${name}"` }
}

/** The type of a field's rows or row. */
export function objectType(field: Field): GraphQLObjectType {
  const type = getNamedType(field.type)
  if (!isObjectType(type)) throw new Error(`${field.name} is not of an object type`)
  return type
}
