import type { EnumRef, InputFieldMap, InputObjectRef } from '@pothos/core'
import { valueFromASTUntyped } from 'graphql'
import type { SchemaBuilder, Types } from './builder.ts'

type Input = InputObjectRef<Types, unknown>

const patterns = ['ilike', 'iregex', 'like', 'regex', 'startsWith'] as const
const comparisons = ['eq', 'neq', 'gt', 'gte', 'lt', 'lte'] as const

/** Filters over JSON columns: of the document, and of what lies in it at a path. */
export function jsonFilterType(
  builder: SchemaBuilder,
  ownName: (wanted: string) => string,
  nullness: EnumRef<Types, 'NULL' | 'NOT_NULL'>,
): Input {
  const value = builder.scalarType(ownName('JSONValue') as 'JSON', {
    description: 'A JSON value as it is: "dark" is a text, 3 a number',
    serialize: (value) => value,
    parseValue: (value) => JSON.stringify(value),
    parseLiteral: (node, variables) => JSON.stringify(valueFromASTUntyped(node, variables)),
  })

  const atPath = builder.inputType(ownName('JSONPathFilter'), {
    description: 'Conditions on what lies in a document at a path',
    fields: (t) =>
      ({
        at: t.stringList({ required: true, description: 'Keys, and places in arrays: ["sizes", "0", "width"]' }),
        is: t.field({ type: nullness, description: 'NULL: nothing is there, or null' }),
        ...Object.fromEntries(comparisons.map((name) => [name, t.field({ type: value })])),
        in: t.field({ type: [value] }),
        contains: t.field({ type: value }),
        ...Object.fromEntries(patterns.map((name) => [name, t.string()])),
      }) as InputFieldMap,
  })

  return builder.inputType('JSONFilter', {
    description: 'Boolean expression on JSON documents',
    fields: (t) => ({
      is: t.field({ type: nullness }),
      eq: t.field({ type: 'JSON' }),
      neq: t.field({ type: 'JSON' }),
      contains: t.field({ type: 'JSON', description: 'The document holds all that this one does' }),
      containedBy: t.field({ type: 'JSON' }),
      hasKey: t.string(),
      hasAllKeys: t.stringList(),
      hasAnyKey: t.stringList(),
      matches: t.string({ description: 'An SQL/JSON path that finds something: "$.sizes[*] ? (@.width > 800)"' }),
      path: t.field({ type: [atPath] }),
    }),
  }) as unknown as Input
}
