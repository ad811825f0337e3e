import type { InputFieldMap, InputFieldRef, InputObjectRef } from '@pothos/core'
import type { ColumnField, Entity, ScalarName, ValueType } from '../model/index.ts'
import type { SchemaBuilder, Types } from './builder.ts'
import { itemType, memo, type Parts, readable, type ScalarOrEnum } from './parts.ts'

type Input = InputObjectRef<Types, unknown>

const equality = ['eq', 'in', 'is', 'neq'] as const
const order = ['eq', 'gt', 'gte', 'in', 'is', 'lt', 'lte', 'neq'] as const
const patterns = ['ilike', 'iregex', 'like', 'regex', 'startsWith'] as const

/** Operators by scalar, as pg_graphql's "Filter Types". A scalar that is not here cannot be filtered by. */
const operators: Readonly<Partial<Record<ScalarName, readonly string[]>>> = {
  Int: order,
  Float: order,
  BigInt: order,
  BigFloat: order,
  Date: order,
  Time: order,
  Datetime: order,
  String: [...order, ...patterns].sort(),
  UUID: equality,
  Boolean: ['eq', 'is'],
  Opaque: ['eq', 'is'],
}
const listOperators = ['containedBy', 'contains', 'eq', 'is', 'overlaps']

export function filterTypes(builder: SchemaBuilder, parts: () => Parts) {
  const nullness = memo((_: 'FilterIs') => builder.enumType('FilterIs', { values: ['NULL', 'NOT_NULL'] as const }))

  function scalarFilter(name: string, ops: readonly string[], type: ScalarOrEnum, list: boolean): Input {
    const item = itemType(parts(), type)
    return builder.inputType(`${name}Filter`, {
      description: `Boolean expression comparing fields on type "${name}"`,
      fields: (t) =>
        Object.fromEntries(
          ops.map((op): [string, InputFieldRef<Types, unknown>] => {
            if (op === 'is') return [op, t.field({ type: nullness('FilterIs') })]
            return [op, op === 'in' || list ? t.field({ type: [item] }) : t.field({ type: item })]
          }),
        ) as InputFieldMap,
    }) as Input
  }

  const named = memo((name: string): Input | undefined => made.get(name)?.())
  const made = new Map<string, () => Input | undefined>()

  function filterOf(type: ValueType): Input | undefined {
    const item = type.kind === 'list' ? type.item : type
    const base = item.kind === 'enum' ? item.enum.name : item.scalar
    const ops = item.kind === 'enum' ? equality : operators[item.scalar]
    if (!ops) return undefined
    const name = type.kind === 'list' ? `${base}List` : base
    if (!made.has(name)) {
      made.set(name, () => scalarFilter(name, type.kind === 'list' ? listOperators : ops, item, type.kind === 'list'))
    }
    return named(name)
  }

  const idFilter = memo(
    (_: 'ID') =>
      builder.inputType('IDFilter', {
        description: 'Boolean expression comparing fields on type "ID"',
        fields: (t) => ({ eq: t.id() }),
      }) as unknown as Input,
  )

  const filter = memo(
    (entity: Entity) => builder.inputRef<object>(`${entity.typeName}Filter`),
    (ref, entity) =>
      ref.implement({
        fields: (t) => {
          const fields: [string, InputFieldRef<Types, unknown>][] = readable(entity).flatMap((field: ColumnField) => {
            const type = filterOf(field.type)
            return type ? [[field.name, t.field({ type })]] : []
          })
          const logic: [string, InputFieldRef<Types, unknown>][] = [
            ['nodeId', t.field({ type: idFilter('ID') })],
            [
              'and',
              t.field({
                type: [ref],
                description: 'Returns true only if all its inner filters are true, otherwise returns false',
              }),
            ],
            [
              'or',
              t.field({
                type: [ref],
                description: 'Returns true if at least one of its inner filters is true, otherwise returns false',
              }),
            ],
            ['not', t.field({ type: ref, description: 'Negates a filter' })],
          ]
          const own = new Set(fields.map(([name]) => name))
          return Object.fromEntries([...fields, ...logic.filter(([name]) => !own.has(name))]) as InputFieldMap
        },
      }),
  ) as unknown as (entity: Entity) => Input

  /** Those of all scalars, whether a table has such a column or not: documents may declare variables of them. */
  function addAll(): void {
    for (const scalar of Object.keys(operators) as ScalarName[]) {
      const item = { kind: 'scalar', scalar, pg: { schema: 'pg_catalog', name: 'text' } } as const
      filterOf(item)
      if (scalar !== 'Opaque') filterOf({ ...item, kind: 'list', item })
    }
    idFilter('ID')
  }

  return { filter, filterOf, idFilter: () => idFilter('ID'), addAll }
}
