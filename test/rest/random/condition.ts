import fc from 'fast-check'
import { literal, type RandomColumn, type RandomType, randomValue } from '../../support/random-schema.ts'

export interface Test {
  readonly column: string
  readonly type: RandomType
  readonly operator: string
  readonly values: readonly string[]
  readonly negated: boolean
}

export type Condition =
  | Test
  | { readonly joined: 'and' | 'or'; readonly negated: boolean; readonly of: readonly Condition[] }

const operators: Readonly<Record<RandomType, readonly string[]>> = {
  int: ['eq', 'neq', 'gt', 'gte', 'lt', 'lte', 'in', 'is.null', 'isdistinct'],
  text: ['eq', 'neq', 'gt', 'like', 'ilike', 'in', 'is.null', 'isdistinct'],
  boolean: ['eq', 'is.true', 'is.false', 'is.null', 'is.unknown'],
  numeric: ['eq', 'gt', 'lte', 'in'],
  date: ['eq', 'gte', 'lt', 'in', 'is.not_null'],
  timestamptz: ['eq', 'gt', 'lt'],
  jsonb: ['eq', 'cs', 'cd', 'is.null'],
  'int[]': ['eq', 'cs', 'cd', 'ov'],
}

/** A test of a column, or a tree of them up to two levels deep. */
export function randomCondition(columns: readonly RandomColumn[]): fc.Arbitrary<Condition> {
  const test: fc.Arbitrary<Condition> = fc.constantFrom(...columns).chain(({ name, type }) =>
    fc.record({
      column: fc.constant(name),
      type: fc.constant(type),
      operator: fc.constantFrom(...operators[type]),
      values: fc.array(randomValue(type), { minLength: 1, maxLength: 3 }),
      negated: fc.boolean(),
    }),
  )
  const tree = (of: fc.Arbitrary<Condition>, maxLength: number): fc.Arbitrary<Condition> =>
    fc.record({
      joined: fc.constantFrom('and' as const, 'or' as const),
      negated: fc.boolean(),
      of: fc.array(of, { minLength: 1, maxLength }),
    })
  const inner = fc.oneof({ weight: 4, arbitrary: test }, { weight: 1, arbitrary: tree(test, 2) })
  return fc.oneof({ weight: 3, arbitrary: test }, { weight: 1, arbitrary: tree(inner, 3) })
}

/** As a parameter of a URL. */
export function conditionParameter(condition: Condition, path: string): [string, string] {
  if ('joined' in condition) {
    const key = `${path}${condition.negated ? 'not.' : ''}${condition.joined}`
    return [key, `(${condition.of.map(inTree).join(',')})`]
  }
  return [`${path}${condition.column}`, testText(condition, (value) => value)]
}

const quoted = (value: string) => `"${value.replaceAll(/["\\]/g, '\\$&')}"`

function inTree(condition: Condition): string {
  if ('joined' in condition) {
    return `${condition.negated ? 'not.' : ''}${condition.joined}(${condition.of.map(inTree).join(',')})`
  }
  return `${condition.column}.${testText(condition, quoted)}`
}

function testText({ operator, values, negated }: Test, write: (value: string) => string): string {
  const not = negated ? 'not.' : ''
  if (operator.startsWith('is.')) return `${not}${operator}`
  if (operator === 'in') return `${not}in.(${values.map(quoted).join(',')})`
  return `${not}${operator}.${write(values[0] ?? '')}`
}

const symbols: Readonly<Record<string, string>> = {
  eq: '=',
  neq: '<>',
  gt: '>',
  gte: '>=',
  lt: '<',
  lte: '<=',
  like: 'like',
  ilike: 'ilike',
  cs: '@>',
  cd: '<@',
  ov: '&&',
  isdistinct: 'is distinct from',
}

/** The same in SQL. */
export function conditionSql(condition: Condition, alias: string): string {
  const not = condition.negated ? 'not ' : ''
  if ('joined' in condition)
    return `${not}(${condition.of.map((one) => `(${conditionSql(one, alias)})`).join(` ${condition.joined} `)})`
  const { column, type, operator, values } = condition
  const left = `${alias}.${column}`
  if (operator.startsWith('is.')) return `${not}(${left} is ${operator.slice(3).replace('_', ' ')})`
  const written = values.map((value) => `${literal(value)}::${type}`)
  if (operator === 'in') return `${not}(${left} in (${written.join(', ')}))`
  const [first = ''] = values
  const pattern = operator.endsWith('like') ? literal(first.replaceAll('*', '%')) : undefined
  return `${not}(${left} ${symbols[operator]} ${pattern ?? written[0]})`
}
