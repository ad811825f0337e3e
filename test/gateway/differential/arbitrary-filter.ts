import fc from 'fast-check'
import type { Filter, PathCondition } from './operation.ts'
import { jsonPaths } from './oracle-json.ts'
import { searches } from './searches.ts'
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
  jsonb: ['eq', 'neq', 'contains', 'containedBy'],
}

function comparison(table: Table, column: Column): fc.Arbitrary<Filter> {
  const { type } = column
  const value = valueIn(table, column)
  const compared: fc.Arbitrary<{ operator: string; value: Value | readonly Value[] }>[] = [
    fc.record({ operator: fc.constantFrom(...operators[type]), value }),
    fc.record({ operator: fc.constant('is'), value: fc.constantFrom('NULL', 'NOT_NULL') }),
  ]
  if (type !== 'bool' && type !== 'int[]' && type !== 'jsonb')
    compared.push(fc.record({ operator: fc.constant('in'), value: fc.array(value, { maxLength: 3 }) }))
  if (type === 'text') {
    const patterns = fc.constantFrom('a%', '%b', '_', '%', 'A_B', 'a\\%b')
    compared.push(fc.record({ operator: fc.constantFrom('like', 'ilike'), value: patterns }))
  }
  if (type === 'jsonb') {
    const one = fc.constantFrom('a', 'b', 'x', 'c')
    compared.push(
      fc.record({ operator: fc.constant('hasKey'), value: one }),
      fc.record({ operator: fc.constantFrom('hasAllKeys', 'hasAnyKey'), value: fc.array(one, { maxLength: 2 }) }),
      fc.record({ operator: fc.constant('matches'), value: fc.constantFrom(...Object.keys(jsonPaths)) }),
    )
  }
  const comparing = fc
    .oneof({ weight: 3, arbitrary: compared[0] as (typeof compared)[0] }, ...compared.slice(1))
    .map(({ operator, value }): Filter => ({ kind: 'compare', column, operator, value }))
  if (type === 'text') {
    const searching = fc.constantFrom(...searches).map((search): Filter => ({ kind: 'search', column, ...search }))
    return fc.oneof({ weight: 4, arbitrary: comparing }, { weight: 1, arbitrary: searching })
  }
  if (type !== 'jsonb') return comparing
  return fc.oneof(
    comparing,
    atPath.map((condition): Filter => ({ kind: 'path', column, ...condition })),
  )
}

/** A condition on what may lie in a document at a path. */
const atPath: fc.Arbitrary<PathCondition> = fc
  .record({
    at: fc.constantFrom(['a'], ['b'], ['b', 'c'], ['b', '0'], ['0'], ['nothing', 'there']),
    operator: fc.constantFrom('eq', 'neq', 'gt', 'gte', 'lt', 'lte', 'in', 'is', 'startsWith'),
    value: fc.constantFrom<string | number>(1, 2, 3, 'x'),
  })
  .map(({ at, operator, value }) => {
    if (operator === 'is') return { at, operator, value: value === 1 ? 'NULL' : 'NOT_NULL' }
    if (operator === 'in') return { at, operator, value: [value, 2] }
    return { at, operator, value: operator === 'startsWith' ? String(value) : value }
  })

/** A value that a column may hold, or that a key might be. */
export function valueIn({ key, parent }: Table, { name, type }: Column): fc.Arbitrary<Value & {}> {
  if (name === 'id') return keyNumber.map((n) => keyValue(key, n))
  if (name === 'parent_id' && parent) return keyNumber.map((n) => keyValue(parent.key, n))
  return type === 'text' ? fc.constantFrom(...texts) : valueFor(type)
}
