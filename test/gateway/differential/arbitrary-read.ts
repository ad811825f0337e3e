import fc from 'fast-check'
import { filters, valueIn } from './arbitrary-filter.ts'
import type { Connection, Direction, Groups, Page, Selection, Term } from './operation.ts'
import type { Value } from './values.ts'
import { type Column, childrenOf, type Role, readable, type Table, type World } from './world.ts'

const direction = fc.constantFrom<Direction>('AscNullsFirst', 'AscNullsLast', 'DescNullsFirst', 'DescNullsLast')
const size = fc.integer({ min: 0, max: 6 })

export function connections(world: World, role: Role, table: Table, depth: number): fc.Arbitrary<Connection> {
  return fc.uniqueArray(terms(world, role, table), { maxLength: 2, selector: termName }).chain((order) =>
    fc.record({
      table: fc.constant(table),
      filter: fc.option(filters(world, role, table, 2), { nil: undefined, freq: 4 }),
      distinctOn: fc.oneof(
        { weight: 3, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: fc.subarray(orderable(table, role), { minLength: 1, maxLength: 2 }) },
      ),
      order: fc.constant(order),
      page: pages(table, order),
      node: selections(world, role, table, depth),
      totalCount: fc.boolean(),
      pageInfo: fc.boolean(),
      cursors: fc.boolean(),
      aggregate: fc.option(aggregates(role, table), { nil: undefined, freq: 2 }),
      groups: fc.option(groups(role, table), { nil: undefined, freq: 2 }),
    }),
  )
}

export function selections(world: World, role: Role, table: Table, depth: number): fc.Arbitrary<Selection> {
  const { parent } = table
  const children = childrenOf(world, table)
  return fc.record({
    columns: fc.subarray(
      readable(table, role).map(({ name }) => name),
      { minLength: 1 },
    ),
    parent:
      depth > 0 && parent
        ? fc.option(selections(world, role, parent, depth - 1), { nil: undefined })
        : fc.constant(undefined),
    children:
      depth > 0 && children.length > 0
        ? fc.option(
            fc.constantFrom(...children).chain((child) => connections(world, role, child, depth - 1)),
            { nil: undefined },
          )
        : fc.constant(undefined),
  })
}

function terms(world: World, role: Role, table: Table): fc.Arbitrary<Term> {
  const own = orderable(table, role).map((column) => ({ kind: 'column' as const, column }))
  const { parent } = table
  const ofParent = parent ? orderable(parent, role).map((column) => ({ kind: 'parent' as const, column })) : []
  const counts = childrenOf(world, table).map((child) => ({ kind: 'count' as const, child }))
  const related = [...ofParent, ...counts]
  const any = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...own) },
    ...(related.length > 0 ? [{ weight: 1, arbitrary: fc.constantFrom(...related) }] : []),
  )
  return fc.tuple(any, direction).map(([term, direction]) => ({ ...term, direction }))
}

function termName(term: Term): string {
  return term.kind === 'count' ? term.child.name : `${term.kind}.${term.column.name}`
}

function orderable(table: Table, role: Role): Column[] {
  return readable(table, role).filter(({ type }) => type !== 'int[]' && type !== 'jsonb')
}

function pages(table: Table, order: readonly Term[]): fc.Arbitrary<Page> {
  const cursor = cursors(table, order)
  return fc.oneof(
    fc.constant({}),
    fc.record({ first: size }),
    fc.record({ last: size }),
    fc.record({ first: size, offset: size }),
    fc.record({ first: size, after: cursor }),
    fc.record({ last: size, before: cursor }),
    fc.record({ after: cursor, offset: fc.constantFrom(0, 1) }),
    fc.record({ before: cursor }),
  )
}

/** A place in an order, where a row may be or not. */
function cursors(table: Table, order: readonly Term[]): fc.Arbitrary<Value[]> {
  const key = table.columns.filter(({ name }) => name === 'id' && !order.some((term) => isKey(term)))
  return fc.tuple(
    ...order.map((term): fc.Arbitrary<Value> => {
      if (term.kind === 'count') return fc.integer({ min: 0, max: 4 }).map(String)
      const of = term.kind === 'parent' ? (table.parent as Table) : table
      const value = valueIn(of, term.column)
      return term.kind === 'column' && term.column.notNull ? value : fc.option(value, { freq: 4 })
    }),
    ...key.map((column) => valueIn(table, column)),
  )
}

function isKey(term: Term): boolean {
  return term.kind === 'column' && term.column.name === 'id'
}

function aggregates(role: Role, table: Table) {
  const of = (...types: string[]) => {
    const names = readable(table, role).filter(({ name, type }) => types.includes(type) && name !== 'parent_id')
    return fc.subarray(names.map(({ name }) => name))
  }
  const ordered = ['int', 'bigint', 'text', 'bool', 'date']
  return fc.record({ sum: of('int'), min: of(...ordered), max: of(...ordered) })
}

function groups(role: Role, table: Table): fc.Arbitrary<Groups> {
  const key = fc.constantFrom(...orderable(table, role)).chain((column) =>
    fc.record({
      column: fc.constant(column),
      bucket: ['date', 'timestamptz'].includes(column.type)
        ? fc.constantFrom(undefined, 'Day' as const, 'Month' as const, 'Year' as const)
        : fc.constant(undefined),
    }),
  )
  return fc.record({
    by: fc.uniqueArray(key, { minLength: 1, maxLength: 2, selector: ({ column }) => column.name }),
    atLeast: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
    byCount: fc.option(direction, { nil: undefined }),
    first: fc.option(size, { nil: undefined }),
    offset: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined, freq: 3 }),
  })
}
