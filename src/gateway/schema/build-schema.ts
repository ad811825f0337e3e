import type { GraphQLSchema } from 'graphql'
import type { Entity, EnumType, Model } from '../model/index.ts'
import { aggregateTypes } from './aggregates.ts'
import { addFederation, goBeyond } from './beyond/index.ts'
import { createBuilder, type SchemaBuilder } from './builder.ts'
import { filterTypes } from './filters.ts'
import { finishSchema } from './finish-schema.ts'
import { inputTypes } from './inputs.ts'
import { addMutation } from './mutation-type.ts'
import { objectTypes } from './objects.ts'
import { memo, type Parts } from './parts.ts'
import { addQuery } from './query-type.ts'
import { addScalars } from './scalars.ts'

/** Adds fields of its own to a schema: the composed services, or a file of a project's `schema/` folder. */
export type SchemaExtension = (builder: SchemaBuilder) => void

export interface SchemaOptions {
  /** Whether it is to be a subgraph of Apollo Federation. */
  readonly federation: boolean
}

/** The GraphQL schema of one model, extended; pure, and the same for the same input. */
export function buildSchema(
  model: Model,
  extensions: readonly SchemaExtension[],
  { federation }: SchemaOptions = { federation: false },
): GraphQLSchema {
  const schema = goBeyond(buildDialect(model, extensions), model)
  return finishSchema(federation ? addFederation(schema, model) : schema)
}

/** The part of it that is pg_graphql's, and the extensions. */
export function buildDialect(model: Model, extensions: readonly SchemaExtension[]): GraphQLSchema {
  const byTable = new Map<string, Entity>()
  for (const entity of model.entities) {
    const { schema, name } = entity.table
    byTable.set(`${schema}.${name}`, entity)
    if (!byTable.has(name)) byTable.set(name, entity)
  }
  const builder = createBuilder((table) => {
    const entity = byTable.get(table)
    return entity && { ref: parts.object(entity), entity }
  }, model)

  const inputs = inputTypes(builder, () => parts)
  const filters = filterTypes(builder, () => parts)
  const objects = objectTypes(builder, () => parts)
  const enumRef = memo((type: EnumType) =>
    builder.enumType(type.name, {
      ...(type.description !== undefined && { description: type.description }),
      values: Object.fromEntries(type.values.map(({ name }) => [name, { value: name }])),
    }),
  )
  const parts: Parts = {
    builder,
    object: objects.object,
    connection: objects.connection,
    pageInfo: objects.pageInfo,
    aggregate: aggregateTypes(builder),
    node: objects.node,
    filter: filters.filter,
    filterOf: filters.filterOf,
    idFilter: filters.idFilter,
    orderBy: inputs.orderBy,
    insertInput: inputs.insertInput,
    updateInput: inputs.updateInput,
    direction: inputs.direction,
    enum: enumRef as Parts['enum'],
  }

  addScalars(builder)
  for (const type of model.enums) parts.enum(type)
  filters.addAll()
  addQuery(builder, parts, model, objects.valueField)
  addMutation(builder, parts, model, objects.valueField)
  for (const extend of extensions) extend(builder)
  return builder.toSchema({ sortSchema: false })
}
