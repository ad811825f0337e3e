import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  type OperationTypeNode,
} from 'graphql'

type Kind = 'query' | 'mutation' | 'subscription'

/** A place where a client's value goes in, and an operation that puts one there. */
export interface Position {
  /** Of the argument and of each input field on the way: `Query.thingCollection.filter ThingFilter.label StringFilter.eq`. */
  readonly coordinates: readonly string[]
  readonly kind: Kind
  operation(payload: unknown): {
    readonly inline: string
    readonly text: string
    readonly variables: Readonly<Record<string, unknown>>
  }
}

/** Every argument of every field, and every input field, below each other one that it can be below. */
export function positionsOf(schema: GraphQLSchema): Position[] {
  const seen = new Set<string>()
  return fieldsOf(schema).flatMap((place) => {
    const { field, type } = place
    return field.args.flatMap((argument) =>
      waysInto(argument.type, [`${type.name}.${field.name}.${argument.name}`], seen).map(
        (way): Position => ({
          coordinates: way.coordinates,
          kind: place.kind,
          operation: (payload) => operationOf(place, argument, way.value(payload)),
        }),
      ),
    )
  })
}

/** All arguments and input fields that there are. */
export function coordinatesOf(schema: GraphQLSchema): string[] {
  return Object.values(schema.getTypeMap()).flatMap((type) => {
    if (type.name.startsWith('__')) return []
    if (isInputObjectType(type)) return Object.keys(type.getFields()).map((name) => `${type.name}.${name}`)
    if (!isObjectType(type)) return []
    return Object.values(type.getFields()).flatMap((field) =>
      field.args.map(({ name }) => `${type.name}.${field.name}.${name}`),
    )
  })
}

type Field = GraphQLField<unknown, unknown>

interface Place {
  readonly kind: Kind
  readonly type: GraphQLObjectType
  readonly field: Field
  /** The fields that lead to it. */
  readonly path: readonly Field[]
}

/** The fields that take arguments, each by the shortest way to it. */
function fieldsOf(schema: GraphQLSchema): Place[] {
  const places: Place[] = []
  const known = new Set<string>()
  const open: { type: GraphQLObjectType; kind: Place['kind']; path: Field[] }[] = []
  for (const kind of ['query', 'mutation', 'subscription'] as const) {
    const type = schema.getRootType(kind as OperationTypeNode)
    if (type) open.push({ type, kind, path: [] })
  }
  for (let next = open.shift(); next; next = open.shift()) {
    const { type, kind, path } = next
    if (known.has(type.name)) continue
    known.add(type.name)
    for (const field of Object.values(type.getFields())) {
      if (field.args.length > 0) places.push({ kind, type, field, path })
      const below = getNamedType(field.type)
      if (isObjectType(below)) open.push({ type: below, kind, path: [...path, field] })
    }
  }
  return places
}

interface Way {
  readonly coordinates: readonly string[]
  value(payload: unknown): unknown
}

/** Ways to put a value somewhere into one of a type. Below a field, each field of its type is tried once. */
function waysInto(type: GraphQLInputType, coordinates: readonly string[], seen: Set<string>): Way[] {
  const nullable = getNullableType(type)
  if (isListType(nullable))
    return waysInto(nullable.ofType, coordinates, seen).map((way) => ({
      ...way,
      value: (payload) => [way.value(payload)],
    }))
  if (!isInputObjectType(nullable)) return [{ coordinates, value: (payload) => payload }]
  const fields = Object.values(nullable.getFields())
  const into = (field: GraphQLInputField): Way[] => {
    const own = `${nullable.name}.${field.name}`
    const step = `${coordinates.at(-1)} ${own}`
    if (seen.has(step)) return []
    seen.add(step)
    return waysInto(field.type, [...coordinates, own], seen).map(
      (way): Way => ({ ...way, value: (payload) => ({ ...requiredFields(fields), [field.name]: way.value(payload) }) }),
    )
  }
  const ways = fields.flatMap(into)
  if (ways.length > 0) return ways
  // All of it was tried elsewhere: one way stands for what leads here.
  const leaf = fields.find(({ type }) => isLeafType(getNamedType(type)))
  return leaf ? [{ coordinates, value: (payload) => ({ ...requiredFields(fields), [leaf.name]: payload }) }] : []
}

function operationOf({ kind, field, path }: Place, argument: GraphQLArgument, value: unknown) {
  const args: Readonly<Record<string, unknown>> = { ...required(field.args), [argument.name]: value }
  const typeOf = (name: string) => String(field.args.find((one) => one.name === name)?.type)
  const names = Object.keys(args)
  const around = (inner: string, prefix: string) =>
    `${prefix} { ${path.reduceRight((below, one) => `${one.name}${written(required(one.args))} { ${below} }`, inner)} }`
  const below = isLeafType(getNamedType(field.type)) ? '' : ` { ${anything(field)} }`
  const passed = names.map((name) => `${name}: $${name}`).join(', ')
  const declared = names.map((name) => `$${name}: ${typeOf(name)}`).join(', ')
  return {
    inline: around(`${field.name}${written(args)}${below}`, kind),
    text: around(`${field.name}(${passed})${below}`, `${kind} (${declared})`),
    variables: args,
  }
}

/** Something to select that makes the rows be read: a connection alone reads none. */
function anything(field: Field): string {
  const type = getNamedType(field.type)
  if (!isObjectType(type)) return '__typename'
  const fields = type.getFields()
  if (fields.edges) return 'edges { cursor }'
  if (fields.records) return 'affectedCount records { __typename }'
  const plain = Object.values(fields).find((one) => one.args.length === 0 && !isCompositeType(getNamedType(one.type)))
  return plain?.name ?? '__typename'
}

function required(args: readonly GraphQLArgument[]): Record<string, unknown> {
  return Object.fromEntries(args.filter(isRequiredArgument).map(({ name, type }) => [name, harmless(type)]))
}

function requiredFields(fields: readonly GraphQLInputField[]): Record<string, unknown> {
  return Object.fromEntries(fields.filter(isRequiredInputField).map(({ name, type }) => [name, harmless(type)]))
}

function harmless(type: GraphQLInputType): unknown {
  const nullable = getNullableType(type)
  if (isListType(nullable)) return [harmless(nullable.ofType)]
  if (isEnumType(nullable)) return nullable.getValues()[0]?.name
  if (isInputObjectType(nullable)) return requiredFields(Object.values(nullable.getFields()))
  return nullable.name === 'Boolean' ? true : nullable.name === 'Int' || nullable.name === 'Float' ? 7 : '7'
}

function written(args: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(args).map(([name, value]) => `${name}: ${literal(value)}`)
  return entries.length > 0 ? `(${entries.join(', ')})` : ''
}

/** Names that only a variable can hold are left out. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).filter(([name]) => /^\w+$/.test(name))
  return `{ ${entries.map(([name, inner]) => `${name}: ${literal(inner)}`).join(', ')} }`
}
