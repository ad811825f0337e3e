import { computedFieldsOf } from './function-types.ts'
import type { Column, Fn, ForeignKey, Relation, Shape } from './shape.ts'
import { block, byName, key, list } from './text.ts'
import { columnType, type TypeNames } from './type-names.ts'

/** `Row`, `Insert`, `Update` and `Relationships` of a table or view. */
export function relationType(relation: Relation, functions: readonly Fn[], shape: Shape, typeOf: TypeNames): string {
  const columns = [...relation.columns].sort(byName)
  const computed = computedFieldsOf(relation, functions, shape)
  const row = [
    ...columns.map((column) => [key(column.name), columnType(column, typeOf)] as const),
    ...computed.map(({ name, returns }) => [key(name), `${typeOf(returns)} | null`] as const),
  ]
  return block([
    ['Row', block(row)],
    ...(relation.updatable
      ? [
          ['Insert', block(columns.map((column) => insert(column, relation, typeOf)))] as const,
          ['Update', block(columns.map((column) => update(column, typeOf)))] as const,
        ]
      : []),
    ['Relationships', list(relation.foreignKeys.map(relationship))],
    ...(computed.length > 0
      ? [['ComputedFields', computed.map(({ name }) => JSON.stringify(name)).join(' | ')] as const]
      : []),
  ])
}

function insert(column: Column, { kind }: Relation, typeOf: TypeNames): readonly [string, string] {
  if (!column.writable) return [`${key(column.name)}?`, 'never']
  // What a view's insert may leave out, its table says.
  const optional = column.optional || column.nullable || kind === 'view'
  return [`${key(column.name)}${optional ? '?' : ''}`, columnType(column, typeOf)]
}

function update(column: Column, typeOf: TypeNames): readonly [string, string] {
  return [`${key(column.name)}?`, column.writable ? columnType(column, typeOf) : 'never']
}

function relationship({ name, columns, oneToOne, relation, referenced }: ForeignKey): string {
  return block([
    ['foreignKeyName', JSON.stringify(name)],
    ['columns', list(columns.map((column) => JSON.stringify(column)))],
    ['isOneToOne', String(oneToOne)],
    ['referencedRelation', JSON.stringify(relation)],
    ['referencedColumns', list(referenced.map((column) => JSON.stringify(column)))],
  ])
}
