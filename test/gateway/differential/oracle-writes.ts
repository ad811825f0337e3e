import type pg from 'pg'
import type { Change, GivenRow, NestedRow } from './operation.ts'
import { holds, type State } from './oracle-rows.ts'
import type { Value } from './values.ts'
import type { Role, Table } from './world.ts'

/** More rows than a change may reach. */
export class TooMany extends Error {}
/** A row that is named is not there. */
export class NotThere extends Error {}

/** What a change of the data needs to know. */
export interface Database {
  readonly client: pg.Client
  readonly schema: string
  readonly role: Role
  /** What the role sees by now. */
  see(): Promise<State>
}

interface Changed {
  readonly count: number
  /** The keys of the rows, where they are asked for. */
  readonly ids: readonly Value[]
}

/** Makes a change by plain statements, one a table and step. */
export async function change(of: Database, asked: Change): Promise<Changed> {
  const { table } = asked
  const ask = asked.records !== undefined
  switch (asked.kind) {
    case 'insert':
      return await insert(of, table, asked.rows, ask, conflictText(asked))
    case 'nest':
      return await nest(of, table, asked.rows, ask)
    case 'updateMany':
      return await updateMany(of, table, asked.updates)
    default: {
      const matching = await matches(of, table, asked.filter)
      if (asked.kind === 'delete') return await remove(of, table, matching, asked.atMost)
      const changes = Object.keys(asked.set).length > 0
      const done = changes ? await update(of, table, asked.set, matching, asked.atMost) : found(matching, asked.atMost)
      const { related } = asked
      if (!related) return done
      const children = await matches(of, related.table, related.filter, done.ids)
      if (related.kind === 'deleteWhere') await remove(of, related.table, children, related.atMost)
      else await update(of, related.table, related.set, children, related.atMost)
      return done
    }
  }
}

function found(ids: readonly Value[], atMost: number): Changed {
  if (ids.length > atMost) throw new TooMany()
  return { count: ids.length, ids }
}

/** The keys of rows as they are now; of those that refer to some parents, where they are told. */
async function matches(of: Database, table: Table, filter: Parameters<typeof holds>[0], parents?: readonly Value[]) {
  const state = await of.see()
  return (state.get(table.name) ?? [])
    .filter((row) => !parents || parents.includes(row.parent_id ?? null))
    .filter((row) => holds(filter, row, state) === true)
    .map(({ id }) => id as Value)
}

/** Whether enough rows were reached is known before what refers to them is looked at. */
async function run(
  { client }: Database,
  sql: string,
  values: readonly unknown[],
  check: (changed: Changed) => void = () => {},
) {
  await client.query('set constraints all deferred')
  const { rowCount, rows } = await client.query<{ id: Value }>(sql, [...values])
  const changed = { count: rowCount ?? 0, ids: rows.map(({ id }) => id) }
  check(changed)
  await client.query('set constraints all immediate')
  return changed
}

async function insert(of: Database, table: Table, rows: readonly GivenRow[], returns: boolean, conflict = '') {
  const columns = table.columns.filter(({ name }) => rows.some((row) => name in row)).map(({ name }) => name)
  const values: unknown[] = []
  const written = rows.map((row) => {
    const own = columns.map((column) => (column in row ? `$${values.push(row[column] ?? null)}` : 'default'))
    return `(${own.join(', ')})`
  })
  const returning = returns ? ' returning id' : ''
  const into = `insert into ${of.schema}.${table.name} as target (${columns.join(', ')})`
  return await run(of, `${into} values ${written.join(', ')}${conflict}${returning}`, values)
}

function conflictText({ onConflict }: Change & { kind: 'insert' }): string {
  if (!onConflict) return ''
  const set = onConflict.update.map((column) => `${column} = excluded.${column}`)
  const where = onConflict.where === undefined ? '' : ` where ${onConflict.where ? '' : 'not '}target.b`
  return ` on conflict (id) do ${set.length > 0 ? `update set ${set.join(', ')}${where}` : 'nothing'}`
}

async function update(of: Database, table: Table, set: GivenRow, ids: readonly Value[], atMost: number) {
  const values: unknown[] = [ids]
  const written = Object.entries(set).map(([column, value]) => `${column} = $${values.push(value)}`)
  const sql = `update ${of.schema}.${table.name} set ${written.join(', ')} where id = any ($1::${table.key}[]) returning id`
  return await run(of, sql, values, bounded(atMost))
}

async function remove(of: Database, table: Table, ids: readonly Value[], atMost: number) {
  const sql = `delete from ${of.schema}.${table.name} where id = any ($1::${table.key}[]) returning id`
  return await run(of, sql, [ids], bounded(atMost))
}

function bounded(atMost: number) {
  return ({ count }: Changed) => {
    if (count > atMost) throw new TooMany()
  }
}

async function updateMany(of: Database, table: Table, updates: (Change & { kind: 'updateMany' })['updates']) {
  const values: unknown[] = []
  const rows = updates.map(({ id, set }) => {
    const [key, n, s] = [id, set.n, set.s].map((value) => values.push(value))
    return `($${key}::${table.key}, $${n}::int, $${s}::text)`
  })
  const sql = `update ${of.schema}.${table.name} t set n = v.n, s = v.s from (values ${rows.join(', ')}) v (id, n, s) where t.id = v.id returning t.id`
  return await run(of, sql, values)
}

/** What rows refer to first, then they themselves, then what refers to them. */
async function nest(of: Database, table: Table, rows: readonly NestedRow[], ask: boolean): Promise<Changed> {
  const parents = await parentsOf(of, table, rows)
  const own = rows.map(({ row }, i): GivenRow => ({ ...row, ...(parents && { parent_id: parents[i] ?? null }) }))
  const children = rows[0]?.children
  const { count } = await insert(of, table, own, ask || children !== undefined)
  const ids = own.map(({ id }) => id as Value)
  if (children?.kind === 'create') {
    const below = rows.flatMap((row, i) =>
      row.children?.kind === 'create'
        ? row.children.rows.map((child) => ({ ...child, parent_id: ids[i] ?? null }))
        : [],
    )
    await insert(of, children.table, below, false)
  }
  if (children?.kind === 'connect') {
    const pairs = rows.flatMap((row, i) =>
      row.children?.kind === 'connect' ? row.children.ids.map((id) => [id, ids[i] ?? null] as const) : [],
    )
    await connect(of, table, children.table, pairs)
  }
  return { count, ids }
}

async function parentsOf(of: Database, { parent }: Table, rows: readonly NestedRow[]) {
  const given = rows.flatMap((row) => row.parent ?? [])
  const [first] = given
  if (!parent || !first) return undefined
  if (first.kind === 'create') {
    const created = given.flatMap((one) => (one.kind === 'create' ? [one.row] : []))
    await insert(of, parent, created, true)
    return created.map(({ id }) => id as Value)
  }
  const ids = given.flatMap((one) => (one.kind === 'create' ? [] : [one.id]))
  if (first.kind === 'connectOrCreate') {
    const seen = ((await of.see()).get(parent.name) ?? []).map(({ id }) => id)
    const missing = given.flatMap((one) =>
      one.kind === 'connectOrCreate' && !seen.includes(one.id) ? [{ id: one.id, ...one.row }] : [],
    )
    if (missing.length > 0) await insert(of, parent, missing, true, ' on conflict (id) do nothing')
  }
  const there = ((await of.see()).get(parent.name) ?? []).map(({ id }) => id)
  if (!ids.every((id) => there.includes(id))) throw new NotThere('"parent" names a record that is not there')
  return ids
}

async function connect(of: Database, parent: Table, child: Table, pairs: readonly (readonly [Value, Value])[]) {
  const values: unknown[] = []
  const rows = pairs.map(([id, to]) => `($${values.push(id)}::${child.key}, $${values.push(to)}::${parent.key})`)
  const sql = `update ${of.schema}.${child.name} t set parent_id = v.p from (values ${rows.join(', ')}) v (id, p) where t.id = v.id`
  await run(of, sql, values, ({ count }) => {
    if (count < pairs.length) throw new NotThere(`"of_${child.name}" names a record that is not there`)
  })
}
