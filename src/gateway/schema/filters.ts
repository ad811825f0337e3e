import { GraphQLID, type GraphQLInputObjectType } from 'graphql'
import type { Entity, ScalarName, ValueType } from '../model/index.ts'
import type { InputFields, NamedTypes } from './named-types.ts'
import { itemType, listOf, memo, type Parts, readable, type ScalarOrEnum } from './parts.ts'

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

export function filterTypes(types: NamedTypes, parts: () => Parts) {
  const nullness = memo((_: 'FilterIs') => types.enum({ name: 'FilterIs', values: { NULL: {}, NOT_NULL: {} } }))

  const valueFilter = (name: string, ops: readonly string[], type: ScalarOrEnum, list: boolean) =>
    types.input(
      `${name}Filter`,
      () => {
        const item = itemType(parts(), type)
        return Object.fromEntries(
          ops.map((op) => {
            if (op === 'is') return [op, { type: nullness('FilterIs') }]
            return [op, { type: op === 'in' || list ? listOf(item) : item }]
          }),
        )
      },
      `Boolean expression comparing fields on type "${name}"`,
    )

  const made = new Map<string, GraphQLInputObjectType>()

  function filterOf(type: ValueType): GraphQLInputObjectType | undefined {
    const list = type.kind === 'list'
    const item = list ? type.item : type
    const base = item.kind === 'enum' ? item.enum.name : item.scalar
    const ops = item.kind === 'enum' ? equality : operators[item.scalar]
    if (!ops) return undefined
    const name = list ? `${base}List` : base
    const filter = made.get(name) ?? valueFilter(name, list ? listOperators : ops, item, list)
    made.set(name, filter)
    return filter
  }

  const idFilter = memo((_: 'ID') =>
    types.input('IDFilter', () => ({ eq: { type: GraphQLID } }), 'Boolean expression comparing fields on type "ID"'),
  )

  const filter = memo((entity: Entity) => types.input(`${entity.typeName}Filter`, () => filterFields(entity)))

  function filterFields(entity: Entity): InputFields {
    const fields = readable(entity).flatMap((field) => {
      const type = filterOf(field.type)
      return type ? [[field.name, { type }] as const] : []
    })
    const own = filter(entity)
    const logic = [
      ['nodeId', { type: idFilter('ID') }],
      [
        'and',
        {
          type: listOf(own),
          description: 'Returns true only if all its inner filters are true, otherwise returns false',
        },
      ],
      [
        'or',
        {
          type: listOf(own),
          description: 'Returns true if at least one of its inner filters is true, otherwise returns false',
        },
      ],
      ['not', { type: own, description: 'Negates a filter' }],
    ] as const
    const taken = new Set(fields.map(([name]) => name))
    return Object.fromEntries([...fields, ...logic.filter(([name]) => !taken.has(name))])
  }

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
