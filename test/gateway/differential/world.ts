import fc from 'fast-check'
import { type KeyType, keyValue, type Scalar, type Value, valueFor } from './values.ts'

/** A random database: tables that refer to earlier ones, rows, and what each role may see and do. */
export interface World {
  readonly tables: readonly Table[]
}

export interface Table {
  readonly name: string
  readonly key: KeyType
  /** The table that `parent_id` refers to. */
  readonly parent: Table | undefined
  /** All of them: `id`, `n`, `s`, `b`, others of any type, and `parent_id`. */
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
  readonly policies: readonly Policy[]
  /** A column that `anon` may not read. */
  readonly hidden: string | undefined
  readonly index: Index | undefined
}

/** One of a column and the key, which decides between rows that agree in the column. */
export interface Index {
  readonly column: string
  readonly descending: boolean
  readonly nullsFirst: boolean
  readonly keyDescending: boolean
}

export interface Column {
  readonly name: string
  readonly type: Scalar
  readonly notNull: boolean
}

export type Row = Readonly<Record<string, Value>>

export interface Policy {
  readonly role: Role
  readonly command: 'select' | 'insert' | 'update' | 'delete'
  readonly restrictive: boolean
  readonly condition: Condition
}

export type Role = 'anon' | 'authenticated'
export type Condition = 'all' | 'own' | 'marked' | 'filled' | 'ofMarkedParent' | 'ofSeenParent'

export const roles: readonly Role[] = ['anon', 'authenticated']
const commands = ['select', 'insert', 'update', 'delete'] as const

/** Keys that rows have, and a few that none has. */
export const mostRows = 12
export const keyNumber = fc.integer({ min: 1, max: mostRows + 2 })

export const worlds: fc.Arbitrary<World> = fc
  .integer({ min: 2, max: 4 })
  .chain((count) => tablesFrom([], count))
  .map((tables) => ({ tables }))

function tablesFrom(made: readonly Table[], count: number): fc.Arbitrary<readonly Table[]> {
  if (made.length === count) return fc.constant(made)
  return table(made).chain((next) => tablesFrom([...made, next], count))
}

const moreTypes: readonly Scalar[] = [
  'bigint',
  'float8',
  'numeric',
  'date',
  'timestamptz',
  'uuid',
  'mood',
  'int[]',
  'jsonb',
]

/** A table after some others, the first of which refers to none: chains, and trees of several branches. */
function table(earlier: readonly Table[]): fc.Arbitrary<Table> {
  const parents = earlier.length > 0 ? fc.constantFrom(...earlier.slice(-2)) : fc.constant(undefined)
  return fc
    .record({
      key: fc.constantFrom<KeyType>('int', 'int', 'bigint', 'text', 'uuid'),
      parent: parents,
      more: fc.subarray([...moreTypes], { maxLength: 3 }),
    })
    .chain(({ key, parent, more }) => {
      const columns: Column[] = [
        { name: 'id', type: key, notNull: true },
        { name: 'n', type: 'int', notNull: false },
        { name: 's', type: 'text', notNull: false },
        { name: 'b', type: 'bool', notNull: true },
        ...more.map((type): Column => ({ name: `c_${type.replace('[]', 's')}`, type, notNull: false })),
        ...(parent ? [{ name: 'parent_id', type: parent.key, notNull: false } as const] : []),
      ]
      return fc.record({
        name: fc.constant(`t${earlier.length}`),
        key: fc.constant(key),
        parent: fc.constant(parent),
        columns: fc.constant(columns),
        rows: fc
          .integer({ min: 6, max: mostRows })
          .chain((count) => fc.tuple(...Array.from({ length: count }, (_, i) => row(columns, parent, key, i + 1)))),
        policies: policies(parent !== undefined),
        hidden: fc.option(fc.constantFrom('n', 's'), { nil: undefined, freq: 3 }),
        index: fc.option(
          fc.record({
            column: fc.constantFrom('n', 's', 'b'),
            descending: fc.boolean(),
            nullsFirst: fc.boolean(),
            keyDescending: fc.boolean(),
          }),
          { nil: undefined, freq: 3 },
        ),
      })
    })
}

function row(columns: readonly Column[], parent: Table | undefined, key: KeyType, n: number): fc.Arbitrary<Row> {
  const of = ({ name, type, notNull }: Column): fc.Arbitrary<Value> => {
    if (name === 'id') return fc.constant(keyValue(key, n))
    const value =
      parent && name === 'parent_id'
        ? fc.constantFrom(...parent.rows.map(({ id }) => id as Value & {}))
        : valueFor(type)
    return notNull ? value : fc.option(value, { freq: 4 })
  }
  return fc.record(Object.fromEntries(columns.map((column) => [column.name, of(column)])))
}

function policies(hasParent: boolean): fc.Arbitrary<Policy[]> {
  const conditions: Condition[] = [
    ...(['all', 'all', 'own', 'marked', 'filled'] as const),
    ...(hasParent ? (['ofMarkedParent', 'ofSeenParent'] as const) : []),
  ]
  const one = (role: Role, command: Policy['command']) =>
    fc.record({
      role: fc.constant(role),
      command: fc.constant(command),
      restrictive: fc.constant(false),
      condition: fc.constantFrom(...conditions),
    })
  const each = roles.flatMap((role) => commands.map((command) => one(role, command)))
  const more = fc.record({
    role: fc.constantFrom(...roles),
    command: fc.constantFrom(...commands),
    restrictive: fc.boolean(),
    condition: fc.constantFrom(...conditions),
  })
  return fc.tuple(fc.tuple(...each), fc.array(more, { maxLength: 2 })).map(([given, added]) => [...given, ...added])
}

/** The tables that refer to one. */
export function childrenOf({ tables }: World, parent: Table): Table[] {
  return tables.filter((table) => table.parent === parent)
}

/** What a role may read. */
export function readable(table: Table, role: Role): Column[] {
  return table.columns.filter(({ name }) => role !== 'anon' || name !== table.hidden)
}
