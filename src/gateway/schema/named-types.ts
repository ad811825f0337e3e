import {
  GraphQLEnumType,
  type GraphQLEnumTypeConfig,
  type GraphQLFieldConfig,
  type GraphQLInputFieldConfig,
  GraphQLInputObjectType,
  GraphQLInterfaceType,
  type GraphQLInterfaceTypeConfig,
  type GraphQLNamedType,
  GraphQLObjectType,
  type GraphQLObjectTypeConfig,
} from 'graphql'

export type OutputFields = Readonly<Record<string, GraphQLFieldConfig<unknown, unknown>>>
export type InputFields = Readonly<Record<string, GraphQLInputFieldConfig>>

/** The named types of a schema that is being made. Fields are thunks where types refer to one another. */
export interface NamedTypes {
  get(name: string): GraphQLNamedType | undefined
  all(): readonly GraphQLNamedType[]
  object(config: GraphQLObjectTypeConfig<unknown, unknown>): GraphQLObjectType
  interface(config: GraphQLInterfaceTypeConfig<unknown, unknown>): GraphQLInterfaceType
  input(name: string, fields: () => InputFields, description?: string): GraphQLInputObjectType
  enum(config: GraphQLEnumTypeConfig): GraphQLEnumType
  add<T extends GraphQLNamedType>(type: T): T
  /** Reads the fields of all types, until they refer to none that is new. */
  settle(): void
}

export function namedTypes(known: readonly GraphQLNamedType[]): NamedTypes {
  const types = new Map(known.map((type) => [type.name, type]))
  const add = <T extends GraphQLNamedType>(type: T): T => {
    if (types.has(type.name)) throw new Error(`the schema has a type ${type.name} already`)
    types.set(type.name, type)
    return type
  }
  return {
    get: (name) => types.get(name),
    all: () => [...types.values()],
    add,
    object: (config) => add(new GraphQLObjectType(config)),
    interface: (config) => add(new GraphQLInterfaceType(config)),
    input: (name, fields, description) =>
      add(new GraphQLInputObjectType({ name, fields, description: description ?? null })),
    enum: (config) => add(new GraphQLEnumType(config)),
    settle() {
      // A map tells of what is added while it is walked.
      for (const type of types.values()) if ('getFields' in type) type.getFields()
    },
  }
}
