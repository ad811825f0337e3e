import pg from 'pg'
import type { Connection, Filter, Operation, Root, Selection } from './operations.ts'
import type { Column, Row, Table, Value, World } from './world.ts'

export interface Answer {
  readonly data: Record<string, unknown> | null
  /** What the first error is about: an SQLSTATE, or `atMost`. */
  readonly error?: string
}

type State = ReadonlyMap<string, readonly Row[]>

/**
 * Works out what an operation answers. What the role sees and may change, Postgres says to plain statements; filters,
 * orders, pages and relations are worked out here, row by row. Shares nothing with the gateway.
 */
export async function ask(client: pg.Client, world: World, schema: string, operation: Operation): Promise<Answer> {
  const { role, sub } = operation
  const data: Record<string, unknown> = {}
  await client.query('begin')
  try {
    await client.query(`select set_config('role', $1, true), set_config('request.jwt.claims', $2, true)`, [
      role,
      JSON.stringify({ role, sub: String(sub) }),
    ])
    let state = await see(client, world, schema, role)
    for (const [i, root] of operation.roots.entries()) {
      if (root.kind === 'rows') data[`r${i}`] = connection(root, state.get(root.table.name) ?? [], state)
      else {
        const before = state
        const ids = await change(client, schema, root, before)
        state = await see(client, world, schema, role)
        const source = root.kind === 'delete' ? before : state
        const rows = source.get(root.table.name) ?? []
        const records =
          root.records &&
          ids.kept.map((id) =>
            record(
              root.records as Selection,
              rows.find((row) => row.id === id),
              source,
            ),
          )
        data[`r${i}`] = { affectedCount: ids.count, ...(records && { records }) }
      }
    }
    await client.query('commit')
    return { data }
  } catch (error) {
    await client.query('rollback')
    if (error instanceof pg.DatabaseError) return { data: null, error: error.code ?? '' }
    if (error instanceof TooMany) return { data: null, error: 'atMost' }
    throw error
  }
}

class TooMany extends Error {}

/** What the role sees of each table, asked as plainly as can be. */
async function see(client: pg.Client, { tables }: World, schema: string, role: string): Promise<State> {
  const each = tables.map((table) => {
    const columns = columnsOf(table).filter((column) => role !== 'anon' || column !== table.hidden)
    return `'${table.name}', (select coalesce(json_agg(t), '[]') from (select ${columns.join(', ')} from ${schema}.${table.name}) t)`
  })
  const { rows } = await client.query<{ all: Record<string, Row[]> }>(
    `select json_build_object(${each.join(', ')}) as all`,
  )
  return new Map(Object.entries(rows[0]?.all ?? {}))
}

function columnsOf({ parent }: Table): Column[] {
  return ['id', 'n', 's', 'b', ...(parent ? (['parent_id'] as const) : [])]
}

async function change(client: pg.Client, schema: string, root: Exclude<Root, { kind: 'rows' }>, state: State) {
  const table = `${schema}.${root.table.name}`
  if (root.kind === 'insert') {
    const columns = columnsOf(root.table).filter((column) => root.rows.some((row) => column in row))
    const values: Value[] = []
    const rows = root.rows.map((row) => {
      const written = columns.map((column) => (column in row ? `$${values.push(row[column] ?? null)}` : 'default'))
      return `(${written.join(', ')})`
    })
    const returning = root.records ? ' returning id' : ''
    const { rowCount, rows: kept } = await client.query<{ id: number }>(
      `insert into ${table} (${columns.join(', ')}) values ${rows.join(', ')}${returning}`,
      values,
    )
    return { count: rowCount, kept: kept.map(({ id }) => id) }
  }
  // Whether they are too many is known before what refers to them is looked at.
  await client.query('set constraints all deferred')
  const matching = (state.get(root.table.name) ?? [])
    .filter((row) => holds(root.filter, row) === true)
    .map(({ id }) => id)
  const values: unknown[] = [matching]
  const set = Object.entries(root.set).map(([column, value]) => `${column} = $${values.push(value)}`)
  const { rowCount, rows } = await client.query<{ id: number }>(
    root.kind === 'update'
      ? `update ${table} set ${set.join(', ')} where id = any ($1::int[]) returning id`
      : `delete from ${table} where id = any ($1::int[]) returning id`,
    root.kind === 'update' ? values : [matching],
  )
  if ((rowCount ?? 0) > root.atMost) throw new TooMany()
  await client.query('set constraints all immediate')
  return { count: rowCount, kept: rows.map(({ id }) => id) }
}

function connection(asked: Connection, rows: readonly Row[], state: State): object {
  const matching = rows.filter((row) => !asked.filter || holds(asked.filter, row) === true)
  const order = [...asked.order, { column: 'id' as const, direction: 'AscNullsLast' as const }]
  const sorted = matching.toSorted((a, b) => {
    for (const { column, direction } of order) {
      const difference = compared(a[column] ?? null, b[column] ?? null, direction)
      if (difference !== 0) return difference
    }
    return 0
  })
  const { first, last, offset = 0 } = asked.page
  const start = last === undefined ? Math.min(offset, sorted.length) : Math.max(0, sorted.length - last)
  const page = sorted.slice(start, last === undefined && first !== undefined ? start + first : undefined)
  return {
    edges: page.map((row) => ({ node: record(asked.node, row, state) })),
    ...(asked.totalCount && { totalCount: matching.length }),
    ...(asked.pageInfo && {
      pageInfo: {
        hasNextPage: last === undefined ? start + page.length < sorted.length && !(offset > sorted.length) : false,
        hasPreviousPage: last === undefined ? offset > 0 && sorted.length > 0 : start > 0,
      },
    }),
    ...(asked.aggregate && {
      aggregate: {
        count: matching.length,
        sum: { id: matching.length > 0 ? matching.reduce((sum, { id }) => sum + id, 0) : null },
        min: { id: matching.length > 0 ? Math.min(...matching.map(({ id }) => id)) : null },
        max: { id: matching.length > 0 ? Math.max(...matching.map(({ id }) => id)) : null },
      },
    }),
  }
}

function record({ columns, parent, children }: Selection, row: Row | undefined, state: State): object | null {
  if (!row) return null
  const own = columns.map((column, i) => [i % 2 ? `x_${column}` : column, row[column] ?? null])
  return {
    ...Object.fromEntries(own),
    ...(parent && { parent: related(parent, row, state) }),
    ...(children && {
      children: connection(
        children,
        (state.get(children.table.name) ?? []).filter((child) => child.parent_id === row.id),
        state,
      ),
    }),
  }
}

function related(selection: Selection, row: Row, state: State): object | null {
  const table = [...state.keys()].find((name) => state.get(name)?.includes(row))
  const parents = state.get(`t${Number(table?.slice(1)) - 1}`) ?? []
  return record(
    selection,
    parents.find(({ id }) => id === row.parent_id),
    state,
  )
}

function compared(a: Value, b: Value, direction: string): number {
  if (a === b) return 0
  if (a === null || b === null) return (a === null) === direction.endsWith('First') ? -1 : 1
  return a < b === direction.startsWith('Asc') ? -1 : 1
}

/** As SQL has it: null where nobody knows. */
function holds(filter: Filter, row: Row): boolean | null {
  switch (filter.kind) {
    case 'and': {
      const all = filter.of.map((inner) => holds(inner, row))
      return all.includes(false) ? false : all.includes(null) ? null : true
    }
    case 'or': {
      const any = filter.of.map((inner) => holds(inner, row))
      return any.includes(true) ? true : any.includes(null) ? null : false
    }
    case 'not': {
      const inner = holds(filter.of, row)
      return inner === null ? null : !inner
    }
    case 'compare':
      return compares(row[filter.column] ?? null, filter.operator, filter.value)
  }
}

function compares(left: Value, operator: string, right: Value | readonly Value[]): boolean | null {
  if (operator === 'is') return (left === null) === (right === 'NULL')
  if (left === null) return operator === 'in' && (right as readonly Value[]).length === 0 ? false : null
  switch (operator) {
    case 'eq':
      return left === right
    case 'neq':
      return left !== right
    case 'gt':
      return left > (right as Value & {})
    case 'gte':
      return left >= (right as Value & {})
    case 'lt':
      return left < (right as Value & {})
    case 'lte':
      return left <= (right as Value & {})
    case 'in':
      return (right as readonly Value[]).includes(left)
    case 'startsWith':
      return String(left).startsWith(String(right))
    case 'like':
    case 'ilike':
      return pattern(String(right), operator === 'ilike' ? 'is' : 's').test(String(left))
    default:
      throw new Error(`unknown operator ${operator}`)
  }
}

function pattern(like: string, flags: string): RegExp {
  const parts = like.match(/\\.|[^\\]/gs) ?? []
  const source = parts.map((part) => {
    if (part === '%') return '.*'
    if (part === '_') return '.'
    return part.replace(/^\\/, '').replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  })
  return new RegExp(`^${source.join('')}$`, flags)
}
