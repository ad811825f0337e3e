import fc from 'fast-check'
import {
  type Column,
  numberValue,
  type Role,
  roles,
  type Table,
  texts,
  textValue,
  type Value,
  type World,
} from './world.ts'

/** An operation as data, from which its GraphQL text is written and its answer worked out. */
export interface Operation {
  readonly kind: 'query' | 'mutation'
  readonly role: Role
  readonly sub: number
  readonly roots: readonly Root[]
  /** Filters, rows and pages come as variables rather than in the text. */
  readonly inVariables: boolean
}

export type Root =
  | ({ readonly kind: 'rows' } & Connection)
  | {
      readonly kind: 'insert'
      readonly table: Table
      readonly rows: readonly Partial<Record<Column, Value>>[]
      readonly records: Selection | undefined
    }
  | {
      readonly kind: 'update' | 'delete'
      readonly table: Table
      readonly set: Partial<Record<Column, Value>>
      readonly filter: Filter
      readonly atMost: number
      readonly records: Selection | undefined
    }

export interface Connection {
  readonly table: Table
  readonly filter: Filter | undefined
  readonly order: readonly { readonly column: Column; readonly direction: Direction }[]
  readonly page: { readonly first?: number; readonly last?: number; readonly offset?: number }
  readonly node: Selection
  readonly totalCount: boolean
  readonly pageInfo: boolean
  readonly aggregate: boolean
}

export interface Selection {
  readonly columns: readonly Column[]
  readonly parent: Selection | undefined
  readonly children: Connection | undefined
}

export type Direction = 'AscNullsFirst' | 'AscNullsLast' | 'DescNullsFirst' | 'DescNullsLast'
export type Filter =
  | {
      readonly kind: 'compare'
      readonly column: Column
      readonly operator: string
      readonly value: Value | readonly Value[]
    }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Filter[] }
  | { readonly kind: 'not'; readonly of: Filter }

/** Random operations on a world; half of them change something. */
export function operations(world: World): fc.Arbitrary<Operation> {
  return fc
    .record({
      role: fc.constantFrom(...roles),
      sub: fc.integer({ min: 0, max: 3 }),
      inVariables: fc.boolean(),
      changes: fc.boolean(),
    })
    .chain(({ role, sub, inVariables, changes }) => {
      const scope = new Scope(world, role)
      const root = changes ? scope.change() : scope.root()
      return fc
        .array(root, { minLength: 1, maxLength: 2 })
        .map((roots): Operation => ({ kind: changes ? 'mutation' : 'query', role, sub, roots, inVariables }))
    })
}

/** What a role may name. */
class Scope {
  readonly #world: World
  readonly #role: Role

  constructor(world: World, role: Role) {
    this.#world = world
    this.#role = role
  }

  root(): fc.Arbitrary<Root> {
    return this.#table().chain((table) =>
      this.#connection(table, 2).map((connection): Root => ({ kind: 'rows', ...connection })),
    )
  }

  change(): fc.Arbitrary<Root> {
    return this.#table().chain((table): fc.Arbitrary<Root> => {
      const records = fc.option(this.#selection(table, 1), { nil: undefined, freq: 4 })
      const row = fc.record(
        {
          id: fc.integer({ min: 1, max: 40 }),
          n: numberValue,
          s: textValue,
          b: fc.boolean(),
          ...(table.parent && { parent_id: fc.oneof(fc.constant(null), fc.integer({ min: 1, max: 9 })) }),
        },
        { requiredKeys: ['id', 'b'] },
      )
      const set = fc.record(
        {
          n: numberValue,
          s: textValue,
          b: fc.boolean(),
          ...(table.parent && { parent_id: fc.integer({ min: 1, max: 9 }) }),
        },
        { requiredKeys: [] },
      )
      return fc.oneof(
        fc.record({
          kind: fc.constant('insert' as const),
          table: fc.constant(table),
          rows: fc.array(row, { minLength: 1, maxLength: 3 }),
          records,
        }),
        fc.record({
          kind: fc.constantFrom('update' as const, 'delete' as const),
          table: fc.constant(table),
          set: set.map((given) => (Object.keys(given).length > 0 ? given : { n: 1 })),
          filter: this.#filter(table, 1),
          atMost: fc.constantFrom(0, 1, 2, 20, 20, 20),
          records,
        }),
      )
    })
  }

  #table(): fc.Arbitrary<Table> {
    return fc.constantFrom(...this.#world.tables)
  }

  #columns(table: Table): Column[] {
    const all: Column[] = ['id', 'n', 's', 'b', ...(table.parent ? (['parent_id'] as const) : [])]
    return all.filter((column) => this.#role !== 'anon' || column !== table.hidden)
  }

  #connection(table: Table, depth: number): fc.Arbitrary<Connection> {
    const direction = fc.constantFrom<Direction>('AscNullsFirst', 'AscNullsLast', 'DescNullsFirst', 'DescNullsLast')
    const size = fc.integer({ min: 0, max: 6 })
    return fc.record({
      table: fc.constant(table),
      filter: fc.option(this.#filter(table, 2), { nil: undefined, freq: 4 }),
      order: fc.uniqueArray(fc.record({ column: fc.constantFrom(...this.#columns(table)), direction }), {
        maxLength: 2,
        selector: ({ column }) => column,
      }),
      page: fc.oneof(
        fc.constant({}),
        fc.record({ first: size }),
        fc.record({ last: size }),
        fc.record({ first: size, offset: size }),
      ),
      node: this.#selection(table, depth),
      totalCount: fc.boolean(),
      pageInfo: fc.boolean(),
      aggregate: fc.boolean(),
    })
  }

  #selection(table: Table, depth: number): fc.Arbitrary<Selection> {
    const { tables } = this.#world
    const parent = tables.find(({ name }) => name === table.parent)
    const child = tables.find((other) => other.parent === table.name)
    return fc.record({
      columns: fc.subarray(this.#columns(table), { minLength: 1 }),
      parent:
        depth > 0 && parent
          ? fc.option(this.#selection(parent, depth - 1), { nil: undefined })
          : fc.constant(undefined),
      children:
        depth > 0 && child ? fc.option(this.#connection(child, depth - 1), { nil: undefined }) : fc.constant(undefined),
    })
  }

  #filter(table: Table, depth: number): fc.Arbitrary<Filter> {
    const comparisons = this.#columns(table).map((column) => comparison(column))
    if (depth === 0) return fc.oneof(...comparisons)
    const inner = this.#filter(table, depth - 1)
    return fc.oneof(
      { weight: 4, arbitrary: fc.oneof(...comparisons) },
      {
        weight: 2,
        arbitrary: fc.record({
          kind: fc.constantFrom('and' as const, 'or' as const),
          of: fc.array(inner, { minLength: 1, maxLength: 3 }),
        }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('not' as const), of: inner }) },
    )
  }
}

function comparison(column: Column): fc.Arbitrary<Filter> {
  const is = fc.record({ operator: fc.constant('is'), value: fc.constantFrom('NULL', 'NOT_NULL') })
  const number = fc.integer({ min: -1, max: 6 })
  const text = fc.constantFrom(...texts)
  const compared: fc.Arbitrary<{ operator: string; value: Value | Value[] }> =
    column === 'b'
      ? fc.oneof(fc.record({ operator: fc.constant('eq'), value: fc.boolean() }), is)
      : column === 's'
        ? fc.oneof(
            fc.record({ operator: fc.constantFrom('eq', 'neq', 'gt', 'lte', 'startsWith'), value: text }),
            fc.record({
              operator: fc.constantFrom('like', 'ilike'),
              value: fc.constantFrom('a%', '%b', '_', '%', 'A_B', 'a\\%b'),
            }),
            fc.record({ operator: fc.constant('in'), value: fc.array(text, { maxLength: 3 }) }),
            is,
          )
        : fc.oneof(
            fc.record({ operator: fc.constantFrom('eq', 'neq', 'gt', 'gte', 'lt', 'lte'), value: number }),
            fc.record({ operator: fc.constant('in'), value: fc.array(number, { maxLength: 3 }) }),
            is,
          )
  return compared.map(({ operator, value }): Filter => ({ kind: 'compare', column, operator, value }))
}

/** The same operation with other values in its filters: the same text, where they are variables. */
export function varied(operation: Operation): Operation {
  const roots = operation.roots.map((root): Root => (root.kind === 'rows' ? { ...root, ...variedRows(root) } : root))
  return { ...operation, roots }
}

function variedRows(rows: Connection): Connection {
  const { filter, node } = rows
  return { ...rows, filter: filter && variedFilter(filter), node: variedSelection(node) }
}

function variedSelection(selection: Selection): Selection {
  const { parent, children } = selection
  return { ...selection, parent: parent && variedSelection(parent), children: children && variedRows(children) }
}

function variedFilter(filter: Filter): Filter {
  switch (filter.kind) {
    case 'compare':
      return filter.operator === 'is' ? filter : { ...filter, value: variedValue(filter.value) }
    case 'not':
      return { ...filter, of: variedFilter(filter.of) }
    default:
      return { ...filter, of: filter.of.map(variedFilter) }
  }
}

function variedValue<T extends Value | readonly Value[]>(value: T): T {
  if (Array.isArray(value)) return value.map((item) => variedValue(item as Value)) as unknown as T
  if (typeof value === 'number') return (value + 1) as T
  if (typeof value === 'boolean') return !value as T
  return texts[(texts.indexOf(String(value)) + 1) % texts.length] as T
}
