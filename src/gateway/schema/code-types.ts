import { type GraphQLNamedType, GraphQLObjectType, type GraphQLSchema } from 'graphql'
import type { Entity, Model } from '../model/index.ts'
import { createBuilder, type SchemaBuilder } from './builder.ts'
import type { OutputFields } from './named-types.ts'
import { addScalars } from './scalars.ts'

/** Adds fields of its own to a schema: the composed services, or a file of a project's `schema/` folder. */
export type SchemaExtension = (builder: SchemaBuilder) => void

/** What is made with Pothos: the scalars, the fields of the services, and those of the project. */
export interface CodeTypes {
  readonly query: GraphQLObjectType
  readonly mutation: GraphQLObjectType
  /** The query and mutation types among them; tables' types are not. */
  readonly types: readonly GraphQLNamedType[]
  /** The fields that code adds to a table's type. */
  ofTable(typeName: string): OutputFields
}

export function codeTypes(model: Model, extensions: readonly SchemaExtension[]): CodeTypes {
  const byTable = new Map<string, Entity>()
  for (const entity of model.entities) {
    const { schema, name } = entity.table
    byTable.set(`${schema}.${name}`, entity)
    if (!byTable.has(name)) byTable.set(name, entity)
  }
  const extended = new Set<string>()
  const builder = createBuilder((table) => {
    const entity = byTable.get(table)
    if (entity) extended.add(entity.typeName)
    return entity
  }, model)
  addScalars(builder)
  builder.queryType({ description: 'The root type for querying data' })
  builder.mutationType({ description: 'The root type for creating and mutating data' })
  // Where no file adds a field to it, it is none.
  builder.subscriptionType()
  for (const extend of extensions) extend(builder)
  const schema = builder.toSchema({ sortSchema: false })
  const subscribes = Object.keys(fieldsOf(schema, 'Subscription')).length > 0
  const isLeftOut = (name: string) => extended.has(name) || (name === 'Subscription' && !subscribes)
  return {
    query: root(schema, 'Query'),
    mutation: root(schema, 'Mutation'),
    types: Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__') && !isLeftOut(name)),
    ofTable: (typeName) => (extended.has(typeName) ? fieldsOf(schema, typeName) : {}),
  }
}

function root(schema: GraphQLSchema, name: string): GraphQLObjectType {
  const type = schema.getType(name)
  if (!(type instanceof GraphQLObjectType)) throw new Error(`the schema has no type ${name}`)
  return type
}

function fieldsOf(schema: GraphQLSchema, typeName: string): OutputFields {
  return root(schema, typeName).toConfig().fields
}
