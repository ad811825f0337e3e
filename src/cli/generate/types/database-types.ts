import { functionTypes } from './function-types.ts'
import { helperTypes } from './helper-types.ts'
import { relationType } from './relation-types.ts'
import type { Shape } from './shape.ts'
import { block, byName, key, list } from './text.ts'
import { createTypeNames } from './type-names.ts'

/**
 * The module that `createClient<Database>()` takes its types from, in the form that the Supabase CLI generates. The
 * same database gives the same text.
 * See https://supabase.com/docs/guides/api/rest/generating-types
 */
export function databaseTypes(shape: Shape): string {
  const schemas = [...shape.schemas].sort()
  const typeOf = createTypeNames(shape)
  const types = [...shape.types.values()].sort(byName)

  const schemaType = (schema: string) => {
    const relations = shape.relations.filter((relation) => relation.schema === schema).sort(byName)
    const functions = shape.functions.filter((fn) => fn.schema === schema)
    const of = (kind: 'table' | 'view') =>
      relations
        .filter((relation) => relation.kind === kind)
        .map((relation) => [relation.name, relationType(relation, functions, shape, typeOf)] as const)
    return block([
      ['Tables', members(of('table'))],
      ['Views', members(of('view'))],
      ['Functions', members(functionTypes(functions, shape, typeOf))],
      ['Enums', members(enumsOf(schema).map(({ name, labels }) => [name, labels.map(quoted).join(' | ')]))],
      [
        'CompositeTypes',
        members(
          types.flatMap(({ name, schema: owner, attributes }) => {
            if (owner !== schema || !attributes) return []
            const fields = [...attributes].sort(byName)
            return [[name, block(fields.map((field) => [key(field.name), `${typeOf(field.type)} | null`]))]]
          }),
        ),
      ],
    ])
  }

  const enumsOf = (schema: string) =>
    types.flatMap(({ name, schema: owner, labels }) => (owner === schema && labels ? [{ name, labels }] : []))

  const constants = schemas.map((schema) => {
    const enums = enumsOf(schema).map(({ name, labels }) => [key(name), list(labels.map(quoted))] as const)
    return [key(schema), block([['Enums', block(enums, ',')]], ',')] as const
  })
  return [
    'export type Json =\n  | string\n  | number\n  | boolean\n  | null\n  | { [key: string]: Json | undefined }\n  | Json[]',
    `export type Database = ${block(schemas.map((schema) => [key(schema), schemaType(schema)]))}`,
    helperTypes(schemas.includes('public') ? 'public' : (schemas[0] ?? 'public')),
    `export const Constants = ${block(constants, ',')} as const\n`,
  ].join('\n\n')
}

function members(entries: readonly (readonly [name: string, type: string])[]): string {
  if (entries.length === 0) return block([['[_ in never]', 'never']])
  return block(entries.map(([name, type]) => [key(name), type]))
}

function quoted(text: string): string {
  return JSON.stringify(text)
}
