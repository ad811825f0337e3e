import {
  type FieldNode,
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  Kind,
  type ValueNode,
  valueFromAST,
  visit,
} from 'graphql'
import type { Scope } from './scope.ts'
import type { Value } from './value.ts'

/** An argument's value: its structure known, its leaves known or to be read from the variables. */
export type Input =
  | { readonly kind: 'null' }
  | { readonly kind: 'leaf'; readonly value: Value }
  | { readonly kind: 'list'; readonly items: readonly Input[] }
  | { readonly kind: 'object'; readonly fields: ReadonlyMap<string, Input> }

export type Fields = ReadonlyMap<string, Input>
export type Arguments = Fields

/**
 * The arguments that were given, or have a default; those left out are not in the map.
 *
 * @param defaults false where those of the database itself apply
 */
export function readArguments(
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
  scope: Scope,
  defaults = true,
): Arguments {
  const given = new Map(node.arguments?.map((argument) => [argument.name.value, argument.value]))
  return entries(
    field.args.map((argument) => {
      const value = given.get(argument.name)
      const input = value && fromNode(value, argument.type, scope)
      return [argument.name, input ?? (defaults ? defaultOf(argument) : undefined)]
    }),
  )
}

function fromNode(node: ValueNode, type: GraphQLInputType, scope: Scope): Input | undefined {
  if (isNonNullType(type)) return fromNode(node, type.ofType, scope)
  if (node.kind === Kind.VARIABLE) return fromVariable(scope.variables[node.name.value], type, [node.name.value], scope)
  if (node.kind === Kind.NULL) return { kind: 'null' }
  if (isListType(type)) {
    const nodes = node.kind === Kind.LIST ? node.values : [node]
    return list(
      type.ofType,
      nodes.map((item) => fromNode(item, type.ofType, scope) ?? { kind: 'null' }),
    )
  }
  if (isInputObjectType(type)) {
    const given = new Map(node.kind === Kind.OBJECT ? node.fields.map((field) => [field.name.value, field.value]) : [])
    return object(
      Object.values(type.getFields()).map((field) => {
        const value = given.get(field.name)
        return [field.name, (value && fromNode(value, field.type, scope)) ?? defaultOf(field)]
      }),
    )
  }
  // A JSON document may hold variables; graphql-js reads those for itself, and their values are then the plan's own.
  visit(node, { Variable: ({ name }) => void scope.shapedBy.set(name.value, [name.value]) })
  return { kind: 'leaf', value: { kind: 'constant', value: valueFromAST(node, type, { ...scope.variables }), node } }
}

function fromVariable(
  value: unknown,
  type: GraphQLInputType,
  path: readonly (string | number)[],
  scope: Scope,
): Input | undefined {
  if (isNonNullType(type)) return fromVariable(value, type.ofType, path, scope)
  if (value === undefined) return undefined
  if (value === null) return { kind: 'null' }
  if (isListType(type)) {
    if (isLeafList(type.ofType)) return { kind: 'leaf', value: { kind: 'variable', path, list: true } }
    const length = [...path, 'length']
    scope.shapedBy.set(length.join('.'), length)
    const items = Array.isArray(value)
      ? value.map((item, i) => fromVariable(item, type.ofType, [...path, i], scope))
      : [fromVariable(value, type.ofType, path, scope)]
    return list(
      type.ofType,
      items.map((item) => item ?? { kind: 'null' }),
    )
  }
  if (isInputObjectType(type)) {
    const fields = type.getFields()
    return object(
      Object.entries(value as Record<string, unknown>).map(([name, given]) => {
        const field = fields[name]
        return [name, field && fromVariable(given, field.type, [...path, name], scope)]
      }),
    )
  }
  return { kind: 'leaf', value: { kind: 'variable', path } }
}

function isLeafList(item: GraphQLInputType): boolean {
  return isLeaf(item) && !isEnumType(getNamedType(item))
}

function isLeaf(type: GraphQLInputType): boolean {
  return isLeafType(isNonNullType(type) ? type.ofType : type)
}

/** A list of leaves is a leaf: it becomes one array parameter. */
function list(item: GraphQLInputType, items: readonly Input[]): Input {
  if (!isLeaf(item)) return { kind: 'list', items }
  const values = items.map((one): Value => (one.kind === 'leaf' ? one.value : { kind: 'constant', value: null }))
  return { kind: 'leaf', value: { kind: 'list', items: values } }
}

function defaultOf({ defaultValue }: { defaultValue?: unknown }): Input | undefined {
  return defaultValue === undefined ? undefined : { kind: 'leaf', value: { kind: 'constant', value: defaultValue } }
}

/** The fields of an object that was given, or none. */
export function fieldsOf(input: Input | undefined): Fields {
  return input?.kind === 'object' ? input.fields : new Map()
}

/** The items of a list that was given, or none; one alone counts as a list of itself. */
export function itemsOf(input: Input | undefined): readonly Input[] {
  if (!input || input.kind === 'null') return []
  return input.kind === 'list' ? input.items : [input]
}

function object(fields: readonly (readonly [string, Input | undefined])[]): Input {
  return { kind: 'object', fields: entries(fields) }
}

function entries(fields: readonly (readonly [string, Input | undefined])[]): ReadonlyMap<string, Input> {
  return new Map(fields.flatMap(([name, input]) => (input ? [[name, input] as const] : [])))
}
