import fc from 'fast-check'
import { literal, type RandomTable, type RandomType, randomValue } from '../support/random-schema.ts'

/** A read of a table, as a tree that is written in two ways: as a URL, and as SQL that shares nothing with it. */
export interface Read {
  readonly table: string
  readonly fields: readonly { readonly key: string; readonly column: string; readonly cast?: 'text' }[]
  readonly embeds: readonly Embed[]
  readonly where: readonly Condition[]
  readonly order: readonly {
    readonly column: string
    readonly descending: boolean
    readonly nulls?: 'first' | 'last'
  }[]
  readonly limit?: number
  readonly offset?: number
}

interface Embed {
  readonly key: string
  readonly read: Read
  readonly inner: boolean
  /** The column that refers, and on which side it is. */
  readonly by: string
  readonly toOne: boolean
}

interface Test {
  readonly column: string
  readonly type: RandomType
  readonly operator: string
  readonly values: readonly string[]
  readonly negated: boolean
}

type Condition = Test | { readonly joined: 'and' | 'or'; readonly negated: boolean; readonly of: readonly Condition[] }

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

export function randomRead(tables: readonly RandomTable[]): fc.Arbitrary<Read> {
  const readOf = (table: RandomTable, depth: number): fc.Arbitrary<Read> => {
    const columns = [{ name: 'id', type: 'int' as const }, ...table.columns]
    const column = fc.constantFrom(...columns)
    const test: fc.Arbitrary<Condition> = column.chain(({ name, type }) =>
      fc.record({
        column: fc.constant(name),
        type: fc.constant(type),
        operator: fc.constantFrom(...operators[type]),
        values: fc.array(randomValue(type), { minLength: 1, maxLength: 3 }),
        negated: fc.boolean(),
      }),
    )
    const group: fc.Arbitrary<Condition> = fc.record({
      joined: fc.constantFrom('and' as const, 'or' as const),
      negated: fc.boolean(),
      of: fc.array(
        fc.oneof(
          { weight: 4, arbitrary: test },
          {
            weight: 1,
            arbitrary: fc.record({
              joined: fc.constantFrom('and' as const, 'or' as const),
              negated: fc.boolean(),
              of: fc.array(test, { minLength: 1, maxLength: 2 }),
            }),
          },
        ),
        { minLength: 1, maxLength: 3 },
      ),
    })
    const related = [
      ...table.parents.map((parent) => ({ to: parent, by: `${parent}_id`, toOne: true })),
      ...tables
        .filter(({ parents }) => parents.includes(table.name))
        .map((child) => ({ to: child.name, by: `${table.name}_id`, toOne: false })),
    ]
    const embeds = depth === 0 || related.length === 0 ? fc.constant([]) : embedsOf(related, depth)
    return fc.record({
      table: fc.constant(table.name),
      fields: fc
        .uniqueArray(fc.record({ column, renamed: fc.boolean(), cast: fc.boolean() }), {
          minLength: 1,
          maxLength: 4,
          selector: (one) => one.column.name,
        })
        .map((picked) =>
          picked.map(({ column: { name }, renamed, cast }) => ({
            key: renamed ? `as_${name}` : name,
            column: name,
            ...(cast && { cast: 'text' as const }),
          })),
        ),
      embeds,
      where: fc.array(fc.oneof({ weight: 3, arbitrary: test }, { weight: 1, arbitrary: group }), { maxLength: 2 }),
      order: fc
        .uniqueArray(
          column.filter(({ type }) => type !== 'jsonb'),
          { maxLength: 2, selector: ({ name }) => name },
        )
        .chain((picked) =>
          fc.tuple(
            ...picked.map(({ name }) =>
              fc.record(
                {
                  column: fc.constant(name),
                  descending: fc.boolean(),
                  nulls: fc.constantFrom('first' as const, 'last' as const),
                },
                { requiredKeys: ['column', 'descending'] },
              ),
            ),
          ),
        ),
      limit: fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined }),
      offset: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
    }) as fc.Arbitrary<Read>
  }

  const embedsOf = (related: readonly { to: string; by: string; toOne: boolean }[], depth: number) =>
    fc.subarray([...related], { maxLength: Math.min(2, related.length) }).chain((picked) =>
      fc.tuple(
        ...picked.map(({ to, by, toOne }, i) => {
          const table = tables.find(({ name }) => name === to)
          if (!table) throw new Error(to)
          return fc
            .record({ read: readOf(table, depth - 1), inner: fc.boolean() })
            .map(({ read, inner }): Embed => ({ key: `e${i}`, read, inner, by, toOne }))
        }),
      ),
    )

  return fc.constantFrom(...tables).chain((table) => readOf(table, 2))
}

/** The read as a request: `/t1?select=…`. */
export function urlOf(read: Read): string {
  const parameters: [string, string][] = [['select', selectOf(read)]]
  describe(read, '', parameters)
  return `/${read.table}?${new URLSearchParams(parameters)}`
}

function selectOf({ fields, embeds }: Read): string {
  return [
    ...fields.map(({ key, column, cast }) => `${key === column ? '' : `${key}:`}${column}${cast ? `::${cast}` : ''}`),
    ...embeds.map(
      ({ key, read, inner, by }) => `${key}:${read.table}!${by}${inner ? '!inner' : ''}(${selectOf(read)})`,
    ),
  ].join(',')
}

function describe({ embeds, where, order, limit, offset }: Read, path: string, parameters: [string, string][]): void {
  for (const condition of where) {
    if ('joined' in condition) {
      const key = `${path}${condition.negated ? 'not.' : ''}${condition.joined}`
      parameters.push([key, `(${condition.of.map(inTree).join(',')})`])
    } else parameters.push([`${path}${condition.column}`, testOf(condition, (value) => value)])
  }
  const terms = order.map(
    ({ column, descending, nulls }) => `${column}.${descending ? 'desc' : 'asc'}${nulls ? `.nulls${nulls}` : ''}`,
  )
  parameters.push([`${path}order`, [...terms, 'id'].join(',')])
  if (limit !== undefined) parameters.push([`${path}limit`, String(limit)])
  if (offset !== undefined) parameters.push([`${path}offset`, String(offset)])
  for (const { key, read } of embeds) describe(read, `${path}${key}.`, parameters)
}

const quoted = (value: string) => `"${value.replaceAll(/["\\]/g, '\\$&')}"`

function inTree(condition: Condition): string {
  if ('joined' in condition) {
    return `${condition.negated ? 'not.' : ''}${condition.joined}(${condition.of.map(inTree).join(',')})`
  }
  return `${condition.column}.${testOf(condition, quoted)}`
}

function testOf({ operator, values, negated }: Test, write: (value: string) => string): string {
  const not = negated ? 'not.' : ''
  if (operator.startsWith('is.')) return `${not}${operator}`
  if (operator === 'in') return `${not}in.(${values.map(quoted).join(',')})`
  return `${not}${operator}.${write(values[0] ?? '')}`
}

/** The same in SQL: one JSON document of all rows. */
export function sqlOf(schema: string, read: Read): string {
  return `select ${rowsOf(schema, read, 'r', '')}`
}

export function countOf(schema: string, read: Read): string {
  return `select count(*)::int from ${schema}.${read.table} r where ${conditionsOf(schema, read, 'r')}`
}

function rowsOf(schema: string, read: Read, alias: string, join: string): string {
  const { order, limit, offset } = read
  const by = [
    ...order.map(
      ({ column, descending, nulls }) =>
        `${alias}.${column}${descending ? ' desc' : ''}${nulls ? ` nulls ${nulls}` : ''}`,
    ),
    `${alias}.id`,
  ].join(', ')
  const page = `${limit === undefined ? '' : ` limit ${limit}`}${offset === undefined ? '' : ` offset ${offset}`}`
  return `(select coalesce(jsonb_agg(o.j order by o.n), '[]') from (select ${objectOf(schema, read, alias)} as j, row_number() over (order by ${by}) as n
    from ${schema}.${read.table} ${alias} where ${conditionsOf(schema, read, alias)}${join} order by ${by}${page}) o)`
}

function objectOf(schema: string, { fields, embeds }: Read, alias: string): string {
  const pairs = [
    ...fields.map(({ key, column, cast }) => `'${key}', to_jsonb(${alias}.${column}${cast ? `::${cast}` : ''})`),
    ...embeds.map((embed) => `'${embed.key}', ${embedded(schema, embed, alias)}`),
  ]
  return `jsonb_build_object(${pairs.join(', ')})`
}

function embedded(schema: string, { read, by, toOne }: Embed, parent: string): string {
  const alias = `${parent}x`
  if (!toOne) return rowsOf(schema, read, alias, ` and ${alias}.${by} = ${parent}.id`)
  const { offset = 0 } = read
  const found = `select ${objectOf(schema, read, alias)} from ${schema}.${read.table} ${alias} where ${alias}.id = ${parent}.${by} and ${conditionsOf(schema, read, alias)}`
  // At most one row: a limit leaves it, an offset goes past it.
  return `(${found} offset ${offset})`
}

function conditionsOf(schema: string, { where, embeds }: Read, alias: string): string {
  const inner = embeds
    .filter((embed) => embed.inner)
    .map(({ read, by, toOne }) => {
      const child = `${alias}y`
      const join = toOne ? `${child}.id = ${alias}.${by}` : `${child}.${by} = ${alias}.id`
      return `exists (select from ${schema}.${read.table} ${child} where ${join} and ${conditionsOf(schema, read, child)})`
    })
  return ['true', ...where.map((condition) => `(${conditionOf(condition, alias)})`), ...inner].join(' and ')
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

function conditionOf(condition: Condition, alias: string): string {
  const not = condition.negated ? 'not ' : ''
  if ('joined' in condition)
    return `${not}(${condition.of.map((one) => `(${conditionOf(one, alias)})`).join(` ${condition.joined} `)})`
  const { column, type, operator, values } = condition
  const left = `${alias}.${column}`
  if (operator.startsWith('is.')) return `${not}(${left} is ${operator.slice(3).replace('_', ' ')})`
  const written = values.map((value) => `${literal(value)}::${type}`)
  if (operator === 'in') return `${not}(${left} in (${written.join(', ')}))`
  const [first = ''] = values
  const pattern = operator.endsWith('like') ? literal(first.replaceAll('*', '%')) : undefined
  return `${not}(${left} ${symbols[operator]} ${pattern ?? written[0]})`
}
