import {
  type GraphQLEnumType,
  type GraphQLInputObjectType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  GraphQLScalarType,
  type GraphQLScalarTypeConfig,
  isInputObjectType,
} from 'graphql'
import type { Entity, Model } from '../../model/index.ts'
import type { InputFields, NamedTypes, OutputFields } from '../named-types.ts'
import { memo, nameable } from '../parts.ts'
import { ownNames } from './own-names.ts'

/** The types that the schema has, and makers of those that it gets, by names that nothing of the database has. */
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
  newObject(name: string, fields: () => OutputFields, description?: string): GraphQLObjectType
  newScalar(name: string, config: Omit<GraphQLScalarTypeConfig<unknown, unknown>, 'name'>): GraphQLScalarType
  /** The columns that rows can be told apart and ordered by. */
  columns(entity: Entity): GraphQLEnumType
  readonly direction: GraphQLEnumType
}

export function beyondTypes(dialect: NamedTypes, model: Model): BeyondTypes {
  const ownName = ownNames(model)

  function existing<T extends GraphQLNamedType>(name: string): T {
    const type = dialect.get(name)
    if (!type) throw new Error(`the schema has no type ${name}`)
    return type as T
  }

  const newInput: BeyondTypes['newInput'] = (name, fields, description) =>
    dialect.input(ownName(name), fields, description)

  const newEnum: BeyondTypes['newEnum'] = (name, values, description) =>
    dialect.enum({
      name: ownName(name),
      description: description ?? null,
      values: Object.fromEntries(
        Object.entries(values).map(([value, about]) => [value, { description: about ?? null }]),
      ),
    })

  return {
    existing,
    find: (name) => dialect.get(name),
    input(name) {
      const type = dialect.get(name)
      return isInputObjectType(type) ? type : undefined
    },
    filter: (entity) => existing(`${entity.typeName}Filter`),
    inputOf: (suffix, fields, description) =>
      memo((entity: Entity) => newInput(`${entity.typeName}${suffix}`, () => fields(entity), description)),
    newInput,
    newEnum,
    newObject: (name, fields, description) =>
      dialect.object({ name: ownName(name), fields, description: description ?? null }),
    newScalar: (name, config) => dialect.add(new GraphQLScalarType({ ...config, name: ownName(name) })),
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
