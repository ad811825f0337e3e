import {
  type GraphQLEnumType,
  type GraphQLInputObjectType,
  GraphQLNonNull,
  type GraphQLScalarType,
  GraphQLString,
  valueFromASTUntyped,
} from 'graphql'
import type { ColumnField, Entity } from '../../model/index.ts'
import { addInputFields } from '../graft.ts'
import type { InputFields } from '../named-types.ts'
import { listOf, readable } from '../parts.ts'
import type { BeyondTypes } from './types.ts'

const patterns = ['ilike', 'iregex', 'like', 'regex', 'startsWith'] as const
const comparisons = ['eq', 'neq', 'gt', 'gte', 'lt', 'lte'] as const

/** Filters over JSON columns: of the document, and of what lies in it at a path. */
export function addJsonFilters(types: BeyondTypes, entities: readonly Entity[]): void {
  let filter: GraphQLInputObjectType | undefined
  for (const entity of entities) {
    const columns = readable(entity).filter(isJson)
    if (columns.length === 0) continue
    filter ??= jsonFilter(types)
    const type = filter
    addInputFields(types.filter(entity), Object.fromEntries(columns.map(({ name }) => [name, { type }])))
  }
}

function isJson({ type }: ColumnField): boolean {
  return type.kind === 'scalar' && type.scalar === 'JSON'
}

function jsonFilter(types: BeyondTypes): GraphQLInputObjectType {
  // A table of JSON alone brings none.
  const nullness = types.find('FilterIs')
  const is = (description?: string): InputFields =>
    nullness ? { is: { type: nullness as GraphQLEnumType, description: description ?? null } } : {}
  const json = { type: types.existing<GraphQLScalarType>('JSON') }
  const text = { type: GraphQLString }
  const value = types.newScalar('JSONValue', {
    description: 'A JSON value as it is: "dark" is a text, 3 a number',
    parseValue: (value) => JSON.stringify(value),
    parseLiteral: (node, variables) => JSON.stringify(valueFromASTUntyped(node, variables)),
  })
  const fieldsOf = (names: readonly string[], field: InputFields[string]): InputFields =>
    Object.fromEntries(names.map((name) => [name, field]))

  const atPath = types.newInput(
    'JSONPathFilter',
    () => ({
      at: {
        type: new GraphQLNonNull(listOf(GraphQLString)),
        description: 'Keys, and places in arrays: ["sizes", "0", "width"]',
      },
      ...is('NULL: nothing is there, or null'),
      ...fieldsOf(comparisons, { type: value }),
      in: { type: listOf(value) },
      contains: { type: value },
      ...fieldsOf(patterns, text),
    }),
    'Conditions on what lies in a document at a path',
  )
  return types.newInput(
    'JSONFilter',
    () => ({
      ...is(),
      eq: json,
      neq: json,
      contains: { ...json, description: 'The document holds all that this one does' },
      containedBy: json,
      hasKey: text,
      hasAllKeys: { type: listOf(GraphQLString) },
      hasAnyKey: { type: listOf(GraphQLString) },
      matches: { ...text, description: 'An SQL/JSON path that finds something: "$.sizes[*] ? (@.width > 800)"' },
      path: { type: listOf(atPath) },
    }),
    'Boolean expression on JSON documents',
  )
}
