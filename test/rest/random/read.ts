import fc from 'fast-check'
import type { RandomColumn, RandomTable } from '../../support/random-schema.ts'
import { type Condition, randomCondition } from './condition.ts'

/** A read of a table, as a tree that is written in two ways: as a URL, and as SQL that shares nothing with it. */
export interface Read {
  readonly table: string
  readonly fields: readonly Field[]
  /** Rows that agree in all but what is aggregated are one. */
  readonly grouped: boolean
  readonly embeds: readonly Embed[]
  readonly where: readonly Condition[]
  readonly order: readonly Order[]
  readonly limit?: number
  readonly offset?: number
}

export interface Field {
  readonly key: string
  /** `*` where rows are counted. */
  readonly column: string
  readonly cast?: 'text'
  readonly aggregate?: Aggregate
}

export type Aggregate = 'sum' | 'avg' | 'min' | 'max' | 'count'

export interface Embed {
  readonly key: string
  readonly read: Read
  readonly inner: boolean
  /** Its keys are the parent's own, and all begin with this one's. */
  readonly spread: boolean
  /** The column that refers, and on which side it is. */
  readonly by: string
  readonly toOne: boolean
}

export interface Order {
  readonly column: string
  /** The key of the to-one resource whose column it is. */
  readonly of?: string
  readonly descending: boolean
  readonly nulls?: 'first' | 'last'
}

const aggregates: Readonly<Record<RandomColumn['type'], readonly Aggregate[]>> = {
  int: ['sum', 'avg', 'min', 'max', 'count'],
  numeric: ['sum', 'avg', 'min', 'max', 'count'],
  text: ['min', 'max', 'count'],
  date: ['min', 'max', 'count'],
  timestamptz: ['min', 'max', 'count'],
  boolean: ['count'],
  jsonb: ['count'],
  'int[]': ['min', 'count'],
}

export function randomRead(tables: readonly RandomTable[], depth = 3): fc.Arbitrary<Read> {
  return fc
    .constantFrom(...tables)
    .chain((table) =>
      fc.oneof({ weight: 5, arbitrary: rowsOf(tables, table, depth, '') }, { weight: 1, arbitrary: groupsOf(table) }),
    )
}

/** @param prefix what all keys begin with, where they are to be a parent's own */
export function rowsOf(
  tables: readonly RandomTable[],
  table: RandomTable,
  depth: number,
  prefix: string,
): fc.Arbitrary<Read> {
  const columns = columnsOf(table)
  const column = fc.constantFrom(...columns)
  return embedsOf(tables, table, depth, prefix).chain((embeds) => {
    const toOne = embeds.filter((embed) => embed.toOne && !embed.spread)
    return fc.record({
      table: fc.constant(table.name),
      grouped: fc.constant(false),
      fields: fc
        .uniqueArray(fc.record({ column, renamed: fc.boolean(), cast: fc.boolean() }), {
          minLength: 1,
          maxLength: 4,
          selector: (one) => one.column.name,
        })
        .map((picked) =>
          picked.map(
            ({ column: { name }, renamed, cast }): Field => ({
              key: prefix !== '' || renamed ? `${prefix}as_${name}` : name,
              column: name,
              ...(cast && { cast: 'text' }),
            }),
          ),
        ),
      embeds: fc.constant(embeds),
      where: fc.array(randomCondition(columns), { maxLength: 2 }),
      order: ordersOf(columns, tables, toOne),
      ...page,
    }) as fc.Arbitrary<Read>
  })
}

function groupsOf(table: RandomTable): fc.Arbitrary<Read> {
  const columns = columnsOf(table)
  // Columns that have an order, so that the groups have one.
  const groups = fc.subarray(table.columns.filter(({ type }) => type !== 'jsonb')).map((picked) => picked.slice(0, 2))
  const aggregate = fc
    .constantFrom(...columns)
    .chain(({ name, type }) =>
      fc
        .constantFrom(...aggregates[type])
        .map((how): Field => ({ key: `${how}_${name}`, column: name, aggregate: how })),
    )
  const counted: Field = { key: 'n', column: '*', aggregate: 'count' }
  return fc
    .record({
      groups,
      aggregated: fc.uniqueArray(aggregate, { maxLength: 3, selector: ({ key }) => key }),
      where: fc.array(randomCondition(columns), { maxLength: 1 }),
      descending: fc.boolean(),
    })
    .map(({ groups, aggregated, where, descending }) => ({
      table: table.name,
      grouped: true,
      fields: [...groups.map(({ name }): Field => ({ key: name, column: name })), ...aggregated, counted],
      embeds: [],
      where,
      order: groups.map(({ name }): Order => ({ column: name, descending })),
    }))
}

const page = {
  limit: fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined }),
  offset: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
}

function columnsOf(table: RandomTable): readonly RandomColumn[] {
  return [{ name: 'id', type: 'int' }, ...table.columns]
}

function ordersOf(
  columns: readonly RandomColumn[],
  tables: readonly RandomTable[],
  toOne: readonly Embed[],
): fc.Arbitrary<readonly Order[]> {
  const orderable = ({ type }: RandomColumn) => type !== 'jsonb'
  const terms = [
    ...columns.filter(orderable).map(({ name }) => ({ column: name })),
    ...toOne.flatMap(({ key, read }) => {
      const table = tables.find(({ name }) => name === read.table)
      const others = table ? columnsOf(table).filter(orderable) : []
      return others.map(({ name }) => ({ of: key, column: name }))
    }),
  ]
  return fc
    .uniqueArray(fc.constantFrom(...terms), { maxLength: 2, selector: (term) => JSON.stringify(term) })
    .chain((picked) =>
      fc.tuple(
        ...picked.map((term) =>
          fc
            .record(
              { descending: fc.boolean(), nulls: fc.constantFrom('first' as const, 'last' as const) },
              { requiredKeys: ['descending'] },
            )
            .map((how): Order => ({ ...term, ...how })),
        ),
      ),
    )
}

function embedsOf(
  tables: readonly RandomTable[],
  table: RandomTable,
  depth: number,
  prefix: string,
): fc.Arbitrary<readonly Embed[]> {
  const related = [
    ...table.parents.map((parent) => ({ to: parent, by: `${parent}_id`, toOne: true })),
    ...tables
      .filter(({ parents }) => parents.includes(table.name))
      .map((child) => ({ to: child.name, by: `${table.name}_id`, toOne: false })),
  ]
  if (depth === 0 || related.length === 0) return fc.constant([])
  return fc.subarray(related, { maxLength: Math.min(2, related.length) }).chain((picked) =>
    fc.tuple(
      ...picked.map(({ to, by, toOne }, i) => {
        const other = tables.find(({ name }) => name === to)
        if (!other) throw new Error(to)
        const key = `${prefix}e${i}`
        const rows = fc
          .record({ inner: fc.boolean(), spread: fc.boolean() })
          .chain(({ inner, spread }) =>
            rowsOf(tables, other, depth - 1, spread ? `${key}_` : '').map(
              (read): Embed => ({ key, read, inner, spread, by, toOne }),
            ),
          )
        const groups = groupsOf(other).map(
          (read): Embed => ({ key, read, inner: false, spread: false, by, toOne: false }),
        )
        return toOne ? rows : fc.oneof({ weight: 4, arbitrary: rows }, { weight: 1, arbitrary: groups })
      }),
    ),
  )
}
