import { isObjectType } from 'graphql'
import type { ReservedNames } from '../model/index.ts'
import { dialectTypes, type SchemaOptions } from './build-schema.ts'
import type { SchemaExtension } from './code-types.ts'

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
  { federation }: Pick<SchemaOptions, 'federation'> = { federation: false },
): ReservedNames {
  const dialect = dialectTypes(empty, extensions)
  const types = dialect.all().map(({ name }) => name)
  const filters = types.flatMap((name) => [`${name}Filter`, `${name}ListFilter`])
  const fields = (root: string) => {
    const type = dialect.get(root)
    return new Set(isObjectType(type) ? Object.keys(type.getFields()) : [])
  }
  return {
    types: new Set([...types, ...filters, ...ofTables, ...(federation ? ofFederation.types : []), 'Subscription']),
    queries: new Set([...fields('Query'), ...(federation ? ofFederation.queries : [])]),
    mutations: fields('Mutation'),
  }
}
