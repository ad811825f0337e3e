import {
  GraphQLEnumType,
  GraphQLInputObjectType,
  type GraphQLInputType,
  GraphQLList,
  type GraphQLNamedType,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLSchema,
  isInputObjectType,
} from 'graphql'
import type { Entity, Model } from '../../model/index.ts'
import { memo, nameable } from '../parts.ts'
import type { InputFields } from './graft.ts'
import { ownNames } from './own-names.ts'

/**
 * The types that the schema has, and makers of those that it gets. They are made with graphql-js directly: there may be
 * ten a table, and most are never asked for.
 */
export interface BeyondTypes {
  existing<T extends GraphQLNamedType>(name: string): T
  /** Undefined where the schema has none. */
  find(name: string): GraphQLNamedType | undefined
  /** The same for an input type. */
  input(name: string): GraphQLInputObjectType | undefined
  filter(entity: Entity): GraphQLInputObjectType
  /** An input type for each table: made when first referred to. */
  inputOf(
    suffix: string,
    fields: (entity: Entity) => InputFields,
    description?: string,
  ): (entity: Entity) => GraphQLInputObjectType
  newInput(name: string, fields: () => InputFields, description?: string): GraphQLInputObjectType
  newEnum(name: string, values: Readonly<Record<string, string | undefined>>, description?: string): GraphQLEnumType
  newObject(
    name: string,
    fields: ConstructorParameters<typeof GraphQLObjectType>[0]['fields'],
    description?: string,
  ): GraphQLObjectType
  /** A name for a type that pg_graphql has not. */
  ownName(wanted: string): string
  /** The columns that rows can be told apart and ordered by. */
  columns(entity: Entity): GraphQLEnumType
  readonly direction: GraphQLEnumType
}

export function beyondTypes(schema: GraphQLSchema, model: Model): BeyondTypes {
  const ownName = ownNames(model)

  function existing<T extends GraphQLNamedType>(name: string): T {
    const type = schema.getType(name)
    if (!type) throw new Error(`the schema has no type ${name}`)
    return type as T
  }

  const newInput: BeyondTypes['newInput'] = (name, fields, description) =>
    new GraphQLInputObjectType({ name: ownName(name), fields, description: description ?? null })

  const newEnum: BeyondTypes['newEnum'] = (name, values, description) =>
    new GraphQLEnumType({
      name: ownName(name),
      description: description ?? null,
      values: Object.fromEntries(
        Object.entries(values).map(([value, about]) => [value, { description: about ?? null }]),
      ),
    })

  return {
    existing,
    find: (name) => schema.getType(name),
    input(name) {
      const type = schema.getType(name)
      return isInputObjectType(type) ? type : undefined
    },
    filter: (entity) => existing(`${entity.typeName}Filter`),
    inputOf: (suffix, fields, description) =>
      memo((entity: Entity) => newInput(`${entity.typeName}${suffix}`, () => fields(entity), description)),
    newInput,
    newEnum,
    newObject: (name, fields, description) =>
      new GraphQLObjectType({ name: ownName(name), fields, description: description ?? null }),
    ownName,
    columns: memo((entity: Entity) =>
      newEnum(
        `${entity.typeName}Column`,
        Object.fromEntries(nameable(entity).map(({ name }) => [name, undefined])),
        `Columns of \`${entity.typeName}\``,
      ),
    ),
    get direction() {
      return existing<GraphQLEnumType>('OrderByDirection')
    },
  }
}

/** `[T!]` */
export function listOf(type: GraphQLInputType): GraphQLList<GraphQLInputType> {
  return new GraphQLList(new GraphQLNonNull(type))
}
