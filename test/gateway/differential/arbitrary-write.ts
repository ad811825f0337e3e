import fc from 'fast-check'
import { filters, valueIn } from './arbitrary-filter.ts'
import { selections } from './arbitrary-read.ts'
import type { Change, GivenRow, NestedRow } from './operation.ts'
import { keyValue, type Value } from './values.ts'
import { childrenOf, keyNumber, mostRows, type Role, type Table, type World } from './world.ts'

/** Changes of a table, by themselves and together with related rows. */
export function changes(world: World, role: Role, table: Table): fc.Arbitrary<Change> {
  const shared = {
    table: fc.constant(table),
    records: fc.option(selections(world, role, table, 1), { nil: undefined, freq: 4 }),
  }
  const bounds = {
    filter: filters(world, role, table, 1),
    atMost: fc.constantFrom(0, 1, 2, 20, 20, 20),
  }
  const children = childrenOf(world, table)
  const set = given(table, [])
  const plain: fc.Arbitrary<Change>[] = [
    fc.record({
      ...shared,
      kind: fc.constant('insert' as const),
      rows: fc.array(given(table, ['id', 'b']), { minLength: 1, maxLength: 3 }),
      onConflict: fc.constant(undefined),
    }),
    fc.record({
      ...shared,
      kind: fc.constant('insert' as const),
      rows: fc.array(given(table, ['id', 'b'], takenKeyOf), { minLength: 1, maxLength: 3 }),
      onConflict: fc.record({
        update: fc.oneof(fc.constant([]), fc.subarray(['n', 's', 'b'], { minLength: 1 })),
        where: fc.option(fc.boolean(), { nil: undefined }),
      }),
    }),
    fc.record({ ...shared, ...bounds, kind: fc.constant('update' as const), set: filled(set) }),
    fc.record({ ...shared, ...bounds, kind: fc.constant('delete' as const) }),
    fc.record({
      ...shared,
      kind: fc.constant('updateMany' as const),
      updates: fc.uniqueArray(fc.record({ id: takenKeyOf(table), set: fc.record({ n: intOrNull, s: text }) }), {
        minLength: 1,
        maxLength: 3,
        selector: ({ id }) => id,
      }),
    }),
  ]
  const nested: fc.Arbitrary<Change>[] = []
  if (table.parent || children.length > 0)
    nested.push(fc.record({ ...shared, kind: fc.constant('nest' as const), rows: nestedRows(table, children) }))
  for (const child of children) {
    const of = {
      table: fc.constant(child),
      filter: filters(world, role, child, 1),
      atMost: fc.constantFrom(0, 1, 20, 20),
    }
    const related = fc.oneof(
      fc.record({ ...of, kind: fc.constant('deleteWhere' as const) }),
      fc.record({ ...of, kind: fc.constant('updateWhere' as const), set: filled(given(child, [])) }),
    )
    const own = fc.oneof(fc.constant({}), filled(set))
    nested.push(fc.record({ ...shared, ...bounds, kind: fc.constant('update' as const), set: own, related }))
  }
  return fc.oneof(
    { weight: 3, arbitrary: fc.oneof(...plain) },
    ...(nested.length > 0 ? [{ weight: 2, arbitrary: fc.oneof(...nested) }] : []),
  )
}

const intOrNull = fc.option(fc.integer({ min: -1, max: 4 }), { freq: 4 })
const text = fc.constantFrom('', 'a', 'ab')

/** New keys mostly, and some that are taken. */
function keyOf({ key }: Table): fc.Arbitrary<Value & {}> {
  return fc
    .oneof({ weight: 1, arbitrary: keyNumber }, { weight: 3, arbitrary: fc.integer({ min: mostRows + 1, max: 999 }) })
    .map((n) => keyValue(key, n))
}

/** Keys that are taken mostly. */
function takenKeyOf({ key }: Table): fc.Arbitrary<Value & {}> {
  return keyNumber.map((n) => keyValue(key, n))
}

/** Values for some columns of a row. */
function given(table: Table, required: readonly string[], key = keyOf): fc.Arbitrary<GivenRow> {
  const columns = table.columns.filter(({ name }) => name !== 'id' || required.includes('id'))
  return fc.record(
    Object.fromEntries(
      columns.map((column) => {
        const value = column.name === 'id' ? key(table) : valueIn(table, column)
        return [column.name, column.notNull ? value : fc.option(value, { freq: 4 })]
      }),
    ),
    { requiredKeys: [...required] },
  ) as fc.Arbitrary<GivenRow>
}

function filled(set: fc.Arbitrary<GivenRow>): fc.Arbitrary<GivenRow> {
  return set.map((row) => (Object.keys(row).length > 0 ? row : { n: 1 }))
}

/** Rows that are given alike: a level is then one statement, and which error comes first is no matter of chance. */
function nestedRows(table: Table, children: readonly Table[]): fc.Arbitrary<NestedRow[]> {
  const columns = (of: Table) =>
    fc.record({ id: keyOf(of), n: intOrNull, s: text, b: fc.boolean() }) as fc.Arbitrary<GivenRow>
  const { parent } = table
  const parents: fc.Arbitrary<NestedRow['parent']>[] = parent
    ? [
        fc.record({ kind: fc.constant('create' as const), row: columns(parent) }),
        fc.record({ kind: fc.constant('connect' as const), id: keyNumber.map((n) => keyValue(parent.key, n)) }),
        fc.record({
          kind: fc.constant('connectOrCreate' as const),
          id: keyOf(parent),
          row: fc.record({ n: intOrNull, b: fc.boolean() }),
        }),
      ]
    : []
  const ways = children.flatMap((child): fc.Arbitrary<NestedRow['children']>[] => [
    fc.record({
      kind: fc.constant('create' as const),
      table: fc.constant(child),
      rows: fc.array(columns(child), { minLength: 1, maxLength: 2 }),
    }),
    fc.record({
      kind: fc.constant('connect' as const),
      table: fc.constant(child),
      ids: fc.uniqueArray(
        keyNumber.map((n) => keyValue(child.key, n)),
        { minLength: 1, maxLength: 2 },
      ),
    }),
  ])
  const none = fc.constant(undefined)
  const pick = <T>(of: fc.Arbitrary<T>[]) =>
    of.length > 0 ? fc.constantFrom(...of) : fc.constant(none as fc.Arbitrary<T>)
  return fc
    .tuple(pick(parents), pick(ways))
    .chain(([parent, children]) =>
      fc.array(fc.record({ row: columns(table), parent, children }), { minLength: 1, maxLength: 3 }).map(distinct),
    )
}

/** A row that is connected twice would be one's or the other's. */
function distinct(rows: NestedRow[]): NestedRow[] {
  const taken = new Set<Value>()
  return rows.filter(({ children }) => {
    if (children?.kind !== 'connect') return true
    const again = children.ids.some((id) => taken.has(id))
    for (const id of children.ids) taken.add(id)
    return !again
  })
}
