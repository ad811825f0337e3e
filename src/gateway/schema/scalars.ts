import { GraphQLError, Kind, type ValueNode, valueFromASTUntyped } from 'graphql'
import type { SchemaBuilder } from './builder.ts'

const descriptions = {
  BigInt: 'An integer of up to 64 bits, as a string',
  BigFloat: 'A number of any precision, as a string',
  UUID: 'A universally unique identifier',
  Date: 'A date without time: 2026-11-23',
  Time: 'A time without date: 08:30:00',
  Datetime: 'A point in time: 2026-11-23T08:30:00+00:00',
  Opaque: 'A value of a type with no representation of its own, in the form Postgres prints',
  Cursor: 'A position in a connection; opaque',
} as const

const uuid = /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i

/** What a scalar takes besides a string. */
const checks: Partial<Record<keyof typeof descriptions, (value: string) => boolean>> = {
  BigInt: (value) => /^[+-]?\d{1,19}$/.test(value),
  BigFloat: (value) => /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,5})?$/i.test(value) || /^(NaN|-?Infinity)$/i.test(value),
  UUID: (value) => uuid.test(value),
}

export function addScalars(builder: SchemaBuilder): void {
  for (const [name, description] of Object.entries(descriptions) as [keyof typeof descriptions, string][]) {
    const parse = (value: unknown) => {
      const text = typeof value === 'number' || typeof value === 'bigint' ? String(value) : value
      if (typeof text !== 'string' || checks[name]?.(text) === false) {
        throw new GraphQLError(`${name} cannot represent the value ${quote(value)}`)
      }
      return text
    }
    builder.scalarType(name, {
      description,
      // Aggregates answer numbers as numbers, as pg_graphql does.
      serialize: (value) => (typeof value === 'string' || typeof value === 'number' ? value : String(value)) as string,
      parseValue: parse,
      parseLiteral: (node) => parse(scalarLiteral(node)),
    })
  }
  builder.scalarType('Upload', {
    description: 'A file that comes with the request: https://github.com/jaydenseric/graphql-multipart-request-spec',
    serialize: () => {
      throw new GraphQLError('Upload is an input alone')
    },
    parseValue(value) {
      if (value instanceof File) return value
      throw new GraphQLError('Upload takes a file, which comes in a part of the request of its own')
    },
    parseLiteral: () => {
      throw new GraphQLError('Upload takes a variable')
    },
  })
  builder.scalarType('JSON', {
    description: 'A JSON document, as a string; input may also be the document itself',
    serialize: (value) => value,
    parseValue: jsonText,
    parseLiteral: (node, variables) => jsonText(valueFromASTUntyped(node, variables)),
  })
}

function scalarLiteral(node: ValueNode): unknown {
  return node.kind === Kind.STRING || node.kind === Kind.INT || node.kind === Kind.FLOAT ? node.value : undefined
}

function jsonText(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  try {
    JSON.parse(value)
  } catch {
    throw new GraphQLError('JSON cannot represent a string that is not JSON')
  }
  return value
}

function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}
