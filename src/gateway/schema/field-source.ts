import type { GraphQLField } from 'graphql'
import type { ColumnField, Entity, FunctionField, Relation } from '../model/index.ts'

/** Where a field's value comes from; each field of the schema carries one, and the plan stage reads nothing else. */
export type FieldSource =
  // of a table's row
  | { readonly kind: 'column'; readonly field: ColumnField }
  | { readonly kind: 'nodeId'; readonly entity: Entity }
  | { readonly kind: 'one' | 'many'; readonly relation: Relation }
  | { readonly kind: 'computed'; readonly field: FunctionField }
  | { readonly kind: 'code'; readonly columns: readonly string[] }
  // of a connection and what is in it
  | { readonly kind: 'edges' | 'pageInfo' | 'totalCount' | 'aggregate' | 'groups' | 'groupKey' }
  | { readonly kind: 'count' | 'sum' | 'avg' | 'min' | 'max' }
  | { readonly kind: 'cursor' | 'edgeNode' }
  | { readonly kind: 'hasNextPage' | 'hasPreviousPage' | 'startCursor' | 'endCursor' }
  // of a mutation's answer
  | { readonly kind: 'affectedCount' | 'records' }
  // roots
  | { readonly kind: 'collection' | 'byKey'; readonly entity: Entity }
  | { readonly kind: 'node' | 'entities'; readonly entities: readonly Entity[] }
  | { readonly kind: 'call'; readonly field: FunctionField }
  | { readonly kind: 'insert' | 'update' | 'updateMany' | 'delete'; readonly entity: Entity }

const key = 'portico'

/** Where a row's type and the columns for code travel beside its fields: no alias can be called so. */
export const typeKey = '#type'
export const rowKey = '#row'

export function sourced(source: FieldSource): { extensions: { [key]: FieldSource } } {
  return { extensions: { [key]: source } }
}

/** The source of a field; undefined for a field that its own resolver answers. */
export function sourceOf(field: GraphQLField<unknown, unknown>): FieldSource | undefined {
  return field.extensions[key] as FieldSource | undefined
}

/** A field that the SQL statement has answered already: its value lies under the response key. */
export function answered(parent: unknown, _args: unknown, _context: unknown, info: { path: { key: string | number } }) {
  return (parent as Record<string, unknown> | null)?.[info.path.key]
}
