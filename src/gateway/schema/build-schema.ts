import { type GraphQLObjectType, GraphQLScalarType, GraphQLSchema, introspectionTypes } from 'graphql'
import type { EnumType, Model } from '../model/index.ts'
import { aggregateTypes } from './aggregates.ts'
import { addFederation, goBeyond } from './beyond/index.ts'
import { codeTypes, type SchemaExtension } from './code-types.ts'
import { filterTypes } from './filters.ts'
import { finishSchema } from './finish-schema.ts'
import { addFields, together } from './graft.ts'
import { inputTypes } from './inputs.ts'
import { mutationFields } from './mutation-type.ts'
import { type NamedTypes, namedTypes, type OutputFields } from './named-types.ts'
import { objectTypes } from './objects.ts'
import { memo, type Parts } from './parts.ts'
import { queryFields } from './query-type.ts'
import { addSubscriptions } from './subscription-type.ts'

export interface SchemaOptions {
  /** Whether it is to be a subgraph of Apollo Federation. */
  readonly federation: boolean
  /** Whether what Query has of tables can be followed. */
  readonly subscriptions: boolean
}

/** The GraphQL schema of one model, extended; pure, and the same for the same input. */
export function buildSchema(
  model: Model,
  extensions: readonly SchemaExtension[],
  { federation, subscriptions }: SchemaOptions = { federation: false, subscriptions: false },
): GraphQLSchema {
  const types = dialectTypes(model, extensions)
  goBeyond(types, model)
  if (subscriptions) addSubscriptions(types)
  if (federation) addFederation(types, model)
  return finishSchema(schemaOf(types))
}

/** The part of it that is pg_graphql's, and the extensions. */
export function dialectTypes(model: Model, extensions: readonly SchemaExtension[]): NamedTypes {
  const code = codeTypes(model, extensions)
  const types = namedTypes(code.types)
  const inputs = inputTypes(types, () => parts)
  const filters = filterTypes(types, () => parts)
  const objects = objectTypes(types, () => parts, code.ofTable)
  const parts: Parts = {
    types,
    ...objects,
    aggregate: aggregateTypes(types, () => parts),
    ...filters,
    ...inputs,
    enum: memo(({ name, description, values }: EnumType) =>
      types.enum({
        name,
        description: description ?? null,
        values: Object.fromEntries(values.map((value) => [value.name, {}])),
      }),
    ),
    scalar: (name) => {
      const type = types.get(name)
      if (!(type instanceof GraphQLScalarType)) throw new Error(`the schema has no scalar ${name}`)
      return type
    },
  }
  for (const type of model.enums) parts.enum(type)
  filters.addAll()
  addToRoot(code.query, queryFields(parts, model))
  addToRoot(code.mutation, mutationFields(parts, model))
  types.settle()
  return types
}

function addToRoot(root: GraphQLObjectType, fields: OutputFields): void {
  together(root.name, fields, root.toConfig().fields)
  addFields(root, fields)
}

/** Types are read in the order of their names, so that introspection lists them so, as pg_graphql does. */
function schemaOf(types: NamedTypes): GraphQLSchema {
  types.settle()
  const root = (name: string) => types.get(name) as GraphQLObjectType | undefined
  const mutation = root('Mutation')
  // A role that may change nothing has no mutations; GraphQL knows no type without fields.
  const mutates = mutation && Object.keys(mutation.getFields()).length > 0
  const all = [...types.all(), ...introspectionTypes].filter((type) => mutates || type !== mutation)
  return new GraphQLSchema({
    query: root('Query'),
    mutation: mutates ? mutation : null,
    subscription: root('Subscription'),
    types: all.sort(({ name: one }, { name: other }) => (one < other ? -1 : 1)),
  })
}
