import { sql } from 'kysely'
import { type Caller, type CallerPool, compileSql } from '#database'
import type { Cells, RowChange } from '../feed/index.ts'
import { mostBytes } from './payload.ts'
import { type Expression, fits, typedCell } from './predicate.ts'
import type { Filter } from './read-filter.ts'
import type { ColumnFacts, TableFacts } from './table-facts.ts'

/** A change as one role sees it. */
export interface Evaluated {
  /** JSON texts by column: of the new row, or of a deleted one as far as it was kept. */
  readonly row: ReadonlyMap<string, string>
  /** JSON texts of what was kept of an updated row, its key at the least. */
  readonly old: ReadonlyMap<string, string>
  /** Whether the row fits all of these. */
  fits(filters: readonly Filter[]): boolean
}

/** Characters of a text that may have the JSON of a small value. */
const mostOfSmall = 1024

/** How times are written, whatever the role's or the database's setting. */
const settings = { timezone: 'UTC', datestyle: 'ISO', intervalstyle: 'postgres' }
const unhurried = { method: '', path: '', headers: {}, settings }
const hurried = (patience: number) => ({
  ...unhurried,
  settings: { ...settings, statement_timeout: String(patience) },
})

/**
 * Has Postgres read the cells' texts and compare them with the filters' values: one statement for all changes of a table,
 * run as the role that is told of them.
 *
 * @param patience milliseconds that it may take where there are filters
 */
export async function evaluate(
  callers: CallerPool,
  caller: Caller,
  facts: TableFacts,
  changes: readonly RowChange[],
  filters: readonly Filter[],
  patience: number,
): Promise<readonly Evaluated[]> {
  const columns = facts.columns.filter(({ isSelectable }) => isSelectable)
  const compared = new Set(filters.map(({ column }) => column))
  const sides = changes.map((change) => withoutLarge(sidesOf(change, facts), change, compared))
  const groups = groupsOf(filters, columns)
  const cell = (side: number) => (column: ColumnFacts, i: number) =>
    jsonText(column, sql`v->${sql.lit(side)}->>${sql.lit(i)}`)
  const matches = [...groups.values()].map(({ comparison, column, place, values }) => {
    const own = sql`v->0->>${sql.lit(place)}`
    const fitting = fits(comparison, column, own, sql`f.value`)
    return sql`(
      select json_agg(f.place - 1)::text
      from jsonb_array_elements_text(${JSON.stringify([...values.keys()])}::jsonb) with ordinality as f(value, place)
      where ${fitting}
    )`
  })
  const { text, parameters } = compileSql(sql`
    select ${texts(columns.map(cell(0)))}, ${texts(columns.map(cell(1)))}, ${texts(matches)}
    from jsonb_array_elements(${parameter(sides, columns)}::jsonb) with ordinality as c(v, place) order by place`)
  const [rows = []] = await callers.rows(
    caller,
    filters.length > 0 ? hurried(patience) : unhurried,
    [{ text, values: parameters }],
    { reads: true },
  )
  return rows.map(([row, old, matched], i) => {
    const side = sides[i] as Sides
    const fitting = (JSON.parse(matched ?? '[]') as (string | null)[]).map(
      (places) => new Set(JSON.parse(places ?? '[]') as number[]),
    )
    return {
      row: present(columns, side.row, row),
      old: present(columns, side.old, old),
      // What is not in the log cannot be said to fit.
      fits: (wanted) =>
        wanted.every((filter) => {
          const group = groups.get(groupKey(filter))
          const place = group?.values.get(filter.value)
          return place !== undefined && side.row.has(filter.column) && fitting[group?.at ?? -1]?.has(place) === true
        }),
    }
  })
}

interface Sides {
  readonly row: Cells
  readonly old: Cells
}

function sidesOf({ action, record, old }: RowChange, { keepsOldRows, columns }: TableFacts): Sides {
  // The log leaves the nulls out.
  const whole = (cells: Cells) =>
    keepsOldRows ? new Map(columns.map(({ name }) => [name, cells.get(name) ?? null])) : cells
  if (action === 'DELETE') return { row: old ? whole(old) : new Map(), old: new Map() }
  if (action === 'INSERT') return { row: record, old: new Map() }
  const keys = columns.filter(({ isKey, name }) => isKey && record.has(name))
  const before = old ? whole(old) : new Map(keys.map(({ name }) => [name, record.get(name) ?? null]))
  // A large value that was left as it was is in the old row, if anywhere.
  return { row: new Map([...before, ...record]), old: before }
}

/** Of a change that is too large to be told, what would be left out is not even read again. */
function withoutLarge({ row, old }: Sides, { size }: RowChange, compared: ReadonlySet<string>): Sides {
  if (size <= mostBytes) return { row, old }
  const small = (cells: Cells) =>
    new Map([...cells].filter(([name, value]) => compared.has(name) || (value?.length ?? 0) <= mostOfSmall))
  return { row: small(row), old: small(old) }
}

function parameter(sides: readonly Sides[], columns: readonly ColumnFacts[]): string {
  const cells = (side: Cells) => columns.map(({ name }) => side.get(name) ?? null)
  return JSON.stringify(sides.map(({ row, old }) => [cells(row), cells(old)]))
}

function jsonText(column: ColumnFacts, cell: Expression): Expression {
  const { spelled } = column
  return sql`to_jsonb(${spelled === undefined || spelled === 'bytea' ? cell : typedCell(cell, column)})::text`
}

function texts(expressions: readonly Expression[]): Expression {
  return sql`array_to_json(array[${sql.join(expressions)}]::text[])::text`
}

function present(
  columns: readonly ColumnFacts[],
  cells: Cells,
  answer: string | null | undefined,
): Map<string, string> {
  const values = JSON.parse(answer ?? '[]') as (string | null)[]
  return new Map(columns.flatMap(({ name }, i) => (cells.has(name) ? [[name, values[i] ?? 'null'] as const] : [])))
}

interface Group {
  /** Among the groups. */
  readonly at: number
  readonly comparison: Pick<Filter, 'operator' | 'negate'>
  readonly column: ColumnFacts
  /** Of the column, among those that are read. */
  readonly place: number
  /** Their places in the order of their insertion. */
  readonly values: Map<string, number>
}

/** All values that one column is compared with in one way, so that a thousand subscribers are one expression. */
function groupsOf(filters: readonly Filter[], columns: readonly ColumnFacts[]): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group>()
  for (const filter of filters) {
    const key = groupKey(filter)
    const place = columns.findIndex(({ name }) => name === filter.column)
    const column = columns[place]
    if (!column) continue
    const group = groups.get(key) ?? { at: groups.size, comparison: filter, column, place, values: new Map() }
    groups.set(key, group)
    if (!group.values.has(filter.value)) group.values.set(filter.value, group.values.size)
  }
  return groups
}

function groupKey({ column, operator, negate }: Filter): string {
  return `${operator} ${negate} ${column}`
}
