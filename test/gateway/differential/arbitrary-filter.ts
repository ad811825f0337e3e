import fc from 'fast-check'
import type { Filter } from './operation.ts'
import { keyValue, type Scalar, texts, type Value, valueFor } from './values.ts'
import { type Column, childrenOf, keyNumber, type Role, readable, type Table, type World } from './world.ts'

/** Filters over a table as a role sees it, some of which look at related rows. */
export function filters(world: World, role: Role, table: Table, depth: number): fc.Arbitrary<Filter> {
  const comparisons = fc.oneof(...readable(table, role).map((column) => comparison(table, column)))
  if (depth === 0) return comparisons
  const inner = filters(world, role, table, depth - 1)
  const { parent } = table
  const children = childrenOf(world, table)
  return fc.oneof(
    { weight: 6, arbitrary: comparisons },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constantFrom('and' as const, 'or' as const),
        of: fc.array(inner, { minLength: 1, maxLength: 3 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('not' as const), of: inner }) },
    ...(parent
      ? [
          {
            weight: 1,
            arbitrary: filters(world, role, parent, depth - 1).map(
              (of): Filter => ({ kind: 'parent', table: parent, of }),
            ),
          },
        ]
      : []),
    ...children.map((child) => ({
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constantFrom('some' as const, 'none' as const, 'every' as const),
        table: fc.constant(child),
        of: filters(world, role, child, depth - 1),
      }),
    })),
  )
}

const equality = ['eq', 'neq'] as const
const order = ['eq', 'neq', 'gt', 'gte', 'lt', 'lte'] as const

const operators: Readonly<Record<Scalar, readonly string[]>> = {
  int: order,
  bigint: order,
  float8: order,
  numeric: order,
  date: order,
  timestamptz: order,
  text: [...order, 'startsWith'],
  uuid: equality,
  mood: equality,
  bool: ['eq'],
  'int[]': ['eq', 'contains', 'containedBy', 'overlaps'],
}

function comparison(table: Table, column: Column): fc.Arbitrary<Filter> {
  const { type } = column
  const value = valueIn(table, column)
  const compared: fc.Arbitrary<{ operator: string; value: Value | readonly Value[] }>[] = [
    fc.record({ operator: fc.constantFrom(...operators[type]), value }),
    fc.record({ operator: fc.constant('is'), value: fc.constantFrom('NULL', 'NOT_NULL') }),
  ]
  if (type !== 'bool' && type !== 'int[]')
    compared.push(fc.record({ operator: fc.constant('in'), value: fc.array(value, { maxLength: 3 }) }))
  if (type === 'text') {
    const patterns = fc.constantFrom('a%', '%b', '_', '%', 'A_B', 'a\\%b')
    compared.push(fc.record({ operator: fc.constantFrom('like', 'ilike'), value: patterns }))
  }
  return fc
    .oneof({ weight: 3, arbitrary: compared[0] as (typeof compared)[0] }, ...compared.slice(1))
    .map(({ operator, value }): Filter => ({ kind: 'compare', column, operator, value }))
}

/** A value that a column may hold, or that a key might be. */
export function valueIn({ key, parent }: Table, { name, type }: Column): fc.Arbitrary<Value & {}> {
  if (name === 'id') return keyNumber.map((n) => keyValue(key, n))
  if (name === 'parent_id' && parent) return keyNumber.map((n) => keyValue(parent.key, n))
  return type === 'text' ? fc.constantFrom(...texts) : valueFor(type)
}
