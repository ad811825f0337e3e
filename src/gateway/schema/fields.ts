import { type GraphQLFieldConfig, type GraphQLFieldConfigArgumentMap, GraphQLInt } from 'graphql'
import type { ColumnField, Entity, FunctionField } from '../model/index.ts'
import { answered, type FieldSource, sourced } from './field-source.ts'
import { isOrderable, listOf, type Parts, required, typeOf } from './parts.ts'

export type Field = GraphQLFieldConfig<unknown, unknown>

/** A field that holds a value of the database. */
export function valueField(
  parts: Parts,
  { type, description }: Pick<ColumnField, 'type' | 'description'>,
  source: FieldSource,
  nullable: boolean,
  args: GraphQLFieldConfigArgumentMap = {},
): Field {
  const own = typeOf(parts, type)
  return { type: nullable ? own : required(own), args, description: description ?? null, ...answeredBy(source) }
}

/** What a function of the database takes, besides the row. */
export function ownArguments(parts: Parts, field: FunctionField): GraphQLFieldConfigArgumentMap {
  return Object.fromEntries(
    field.arguments.map(({ name, type, optional, default: value }) => [
      name,
      {
        type: optional ? typeOf(parts, type) : required(typeOf(parts, type)),
        ...(value !== undefined && { defaultValue: value }),
      },
    ]),
  )
}

/** What every collection takes. */
export function pageArguments(parts: Parts, entity: Entity): GraphQLFieldConfigArgumentMap {
  return {
    first: { type: GraphQLInt, description: 'Query the first `n` records in the collection' },
    last: { type: GraphQLInt, description: 'Query the last `n` records in the collection' },
    before: {
      type: parts.scalar('Cursor'),
      description: 'Query values in the collection before the provided cursor',
    },
    after: { type: parts.scalar('Cursor'), description: 'Query values in the collection after the provided cursor' },
    offset: {
      type: GraphQLInt,
      description:
        'Skip n values from the after cursor. Alternative to cursor pagination. Backward pagination not supported.',
    },
    filter: {
      type: parts.filter(entity),
      description: 'Filters to apply to the results set when querying from the collection',
    },
    ...(isOrderable(entity) && {
      orderBy: { type: listOf(parts.orderBy(entity)), description: 'Sort order to apply to the collection' },
    }),
  }
}

/** How a field that the database answers says so: the plan reads its source, and the resolver only picks the answer up. */
export function answeredBy(source: FieldSource) {
  return { ...sourced(source), resolve: answered }
}
