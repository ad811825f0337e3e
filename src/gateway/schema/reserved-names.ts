import type { ReservedNames } from '../model/index.ts'
import { buildDialect, type SchemaExtension, type SchemaOptions } from './build-schema.ts'

const empty = { entities: [], functions: [], enums: [], unnamed: [] }

/** Types that a schema has as soon as a table needs them. */
const ofTables = ['Node', 'PageInfo', 'OrderByDirection', 'FilterIs', 'IDFilter']

const ofFederation = { types: ['_Any', '_Entity', '_Service'], queries: ['_entities', '_service'] }

/**
 * What a schema without tables is made of, and what every table brings with it. Not what goes beyond the dialect: there
 * the tables are first.
 */
export function reservedNames(
  extensions: readonly SchemaExtension[],
  { federation }: SchemaOptions = { federation: false },
): ReservedNames {
  const schema = buildDialect(empty, extensions)
  const types = Object.keys(schema.getTypeMap())
  const filters = types.flatMap((name) => [`${name}Filter`, `${name}ListFilter`])
  const fields = (type: ReturnType<typeof schema.getQueryType>) => new Set(Object.keys(type?.getFields() ?? {}))
  return {
    types: new Set([...types, ...filters, ...ofTables, ...(federation ? ofFederation.types : []), 'Subscription']),
    queries: new Set([...fields(schema.getQueryType()), ...(federation ? ofFederation.queries : [])]),
    mutations: fields(schema.getMutationType()),
  }
}
