import { cursorText, fullOrder } from './cursor.ts'
import type { Aggregate, Connection, Filter, Groups, Selection, Term } from './operation.ts'
import { holdsAt } from './oracle-json.ts'
import { compared, compares } from './oracle-values.ts'
import { finds } from './searches.ts'
import type { Scalar, Value } from './values.ts'
import type { Row, Table } from './world.ts'

/** What a role sees of each table, by name. */
export type State = ReadonlyMap<string, readonly Row[]>

/** As pages are where nothing else is said. */
const mostRows = 30

export function connection(asked: Connection, among: readonly Row[], state: State): object {
  const { table, filter, page: wanted } = asked
  const terms = fullOrder(table, asked.order)
  const valuesOf = (row: Row) => terms.map(({ term }) => termValue(term, table, row, state))
  const position = (one: readonly Value[], other: readonly Value[]): number => {
    for (const [i, { term, type }] of terms.entries()) {
      const difference = placed(type, one[i] ?? null, other[i] ?? null, term.direction)
      if (difference !== 0) return difference
    }
    return 0
  }
  const placedRows = among
    .filter((row) => !filter || holds(filter, row, state) === true)
    .map((row) => ({ row, values: valuesOf(row) }))
    .toSorted((one, other) => position(one.values, other.values))
  const likeness = (row: Row) => JSON.stringify(asked.distinctOn.map(({ name }) => row[name] ?? null))
  const alike = Map.groupBy(placedRows, ({ row }) => (asked.distinctOn.length > 0 ? likeness(row) : row))
  const sorted = [...alike.values()].flatMap(([first]) => first ?? [])
  const matching = sorted.map(({ row }) => row)

  const { first, last, offset = 0, after, before } = wanted
  const backward = last !== undefined || before !== undefined
  const ahead = sorted.filter(({ values }) =>
    after ? position(values, after) > 0 : before ? position(values, before) < 0 : true,
  )
  const limit = first ?? last ?? mostRows
  const start = backward ? Math.max(0, ahead.length - limit) : offset
  const page = ahead.slice(start, backward ? undefined : start + limit)
  const passed = after || before ? ahead.length < sorted.length : offset > 0 && sorted.length > 0
  const more = backward ? ahead.length > limit : ahead.length > offset + limit
  const cursor = (of: (typeof page)[number] | undefined) => (of ? cursorText(table, asked.order, of.values) : null)

  return {
    edges: page.map((one) => ({
      ...(asked.cursors && { cursor: cursor(one) }),
      node: record(asked.node, table, one.row, state),
    })),
    ...(asked.totalCount && { totalCount: matching.length }),
    ...(asked.pageInfo && {
      pageInfo: {
        hasNextPage: backward ? passed : more,
        hasPreviousPage: backward ? more : passed,
        startCursor: cursor(page[0]),
        endCursor: cursor(page.at(-1)),
      },
    }),
    ...(asked.aggregate && { aggregate: aggregate(asked.aggregate, table, matching) }),
    ...(asked.groups && { groups: groups(asked.groups, matching) }),
  }
}

export function record(
  { columns, parent, children }: Selection,
  table: Table,
  row: Row | undefined,
  state: State,
): object | null {
  if (!row) return null
  const own = columns.map((column, i) => [i % 2 ? `x_${column}` : column, row[column] ?? null])
  return {
    ...Object.fromEntries(own),
    ...(parent && { parent: table.parent ? record(parent, table.parent, parentOf(table, row, state), state) : null }),
    ...(children && {
      [`of_${children.table.name}`]: connection(children, childrenOf(children.table, row, state), state),
    }),
  }
}

function parentOf({ parent }: Table, row: Row, state: State): Row | undefined {
  return state.get(parent?.name ?? '')?.find(({ id }) => id === row.parent_id)
}

function childrenOf(child: Table, row: Row, state: State): readonly Row[] {
  return (state.get(child.name) ?? []).filter(({ parent_id: id }) => id === row.id)
}

function termValue(term: Term, table: Table, row: Row, state: State): Value {
  switch (term.kind) {
    case 'column':
      return row[term.column.name] ?? null
    case 'parent':
      return parentOf(table, row, state)?.[term.column.name] ?? null
    case 'count':
      return String(childrenOf(term.child, row, state).length)
  }
}

function placed(type: Scalar, a: Value, b: Value, direction: string): number {
  if (a === null || b === null) return a === b ? 0 : (a === null) === direction.endsWith('First') ? -1 : 1
  return direction.startsWith('Asc') ? compared(type, a, b) : compared(type, b, a)
}

function aggregate({ sum, min, max }: Aggregate, table: Table, rows: readonly Row[]): object {
  const typeOf = (name: string) => table.columns.find((column) => column.name === name)?.type ?? 'text'
  const valuesOf = (name: string) => rows.flatMap((row) => row[name] ?? [])
  const extreme = (name: string, sign: number): Value => {
    const type = typeOf(name)
    const [found = null] = valuesOf(name).toSorted((a, b) => sign * compared(type, a, b))
    return type === 'bigint' && found !== null ? Number(found) : found
  }
  const total = (name: string) => {
    const values = valuesOf(name).map(Number)
    return values.length > 0 ? values.reduce((all, one) => all + one, 0) : null
  }
  const of = (kind: string, names: readonly string[], value: (name: string) => Value) =>
    names.length > 0 ? { [kind]: Object.fromEntries(names.map((name) => [name, value(name)])) } : {}
  return {
    count: rows.length,
    ...of('sum', sum, total),
    ...of('min', min, (name) => extreme(name, 1)),
    ...of('max', max, (name) => extreme(name, -1)),
  }
}

function groups({ by, atLeast = 0, byCount, first = mostRows, offset = 0 }: Groups, rows: readonly Row[]): object[] {
  const keyed = Map.groupBy(rows, (row) =>
    JSON.stringify(by.map(({ column, bucket }) => cut(column.type, row[column.name] ?? null, bucket))),
  )
  const all = [...keyed].map(([key, own]) => ({ key: JSON.parse(key) as Value[], count: own.length }))
  const sorted = all
    .filter(({ count }) => count >= atLeast)
    .toSorted((one, other) => {
      const byTheirCount = byCount ? placed('int', one.count, other.count, byCount) : 0
      if (byTheirCount !== 0) return byTheirCount
      for (const [i, { column }] of by.entries()) {
        const difference = placed(column.type, one.key[i] ?? null, other.key[i] ?? null, 'AscNullsLast')
        if (difference !== 0) return difference
      }
      return 0
    })
  return sorted.slice(offset, offset + first).map(({ key, count }) => ({
    key: Object.fromEntries(by.map(({ column }, i) => [column.name, key[i] ?? null])),
    aggregate: { count },
  }))
}

/** A date or a point in time, at the beginning of the period it lies in. */
function cut(type: Scalar, value: Value, bucket: 'Day' | 'Month' | 'Year' | undefined): Value {
  if (value === null || !bucket) return value
  const [year = '', month = '', day = ''] = String(value).slice(0, 10).split('-')
  const date = [year, bucket === 'Year' ? '01' : month, bucket === 'Day' ? day : '01'].join('-')
  return type === 'date' ? date : `${date}T00:00:00+00:00`
}

/** As SQL has it: null where nobody knows. */
export function holds(filter: Filter, row: Row, state: State): boolean | null {
  switch (filter.kind) {
    case 'and': {
      const all = filter.of.map((inner) => holds(inner, row, state))
      return all.includes(false) ? false : all.includes(null) ? null : true
    }
    case 'or': {
      const any = filter.of.map((inner) => holds(inner, row, state))
      return any.includes(true) ? true : any.includes(null) ? null : false
    }
    case 'not': {
      const inner = holds(filter.of, row, state)
      return inner === null ? null : !inner
    }
    case 'compare':
      return compares(filter.column.type, row[filter.column.name] ?? null, filter.operator, filter.value)
    case 'search': {
      const text = row[filter.column.name] ?? null
      return text === null ? null : finds(filter, String(text))
    }
    case 'path':
      return holdsAt(filter, row[filter.column.name] ?? null)
    case 'parent': {
      const parent = state.get(filter.table.name)?.find(({ id }) => id === row.parent_id)
      return parent !== undefined && holds(filter.of, parent, state) === true
    }
    default: {
      const children = childrenOf(filter.table, row, state)
      const held = children.map((child) => holds(filter.of, child, state) === true)
      if (filter.kind === 'every') return held.every(Boolean)
      return held.some(Boolean) === (filter.kind === 'some')
    }
  }
}
