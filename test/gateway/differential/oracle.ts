import pg from 'pg'
import type { Operation } from './operation.ts'
import { connection, record, type State } from './oracle-rows.ts'
import { change, type Database, NotThere, TooMany } from './oracle-writes.ts'
import { type Role, type Row, readable, type World } from './world.ts'

export interface Answer {
  readonly data: Record<string, unknown> | null
  /** What the first error is about: an SQLSTATE, `atMost`, or what is not there. */
  readonly error?: string
}

/**
 * Works out what an operation answers. What the role sees and may change, Postgres says to plain statements; filters,
 * orders, pages, groups and relations are worked out here, row by row. Shares nothing with the gateway.
 */
export async function ask(client: pg.Client, world: World, schema: string, operation: Operation): Promise<Answer> {
  const { role, sub } = operation
  const database: Database = { client, schema, role, see: () => see(client, world, schema, role) }
  const data: Record<string, unknown> = {}
  await client.query('begin')
  try {
    await client.query(`select set_config('role', $1, true), set_config('request.jwt.claims', $2, true)`, [
      role,
      JSON.stringify({ role, sub: String(sub) }),
    ])
    for (const [i, root] of operation.roots.entries()) {
      const { table } = root
      const before = await database.see()
      if (root.kind === 'rows') {
        data[`r${i}`] = connection(root, before.get(table.name) ?? [], before)
        continue
      }
      const { count, ids } = await change(database, root)
      const { records } = root
      const source = root.kind === 'delete' ? before : await database.see()
      const rows = source.get(table.name) ?? []
      const told = (id: unknown) =>
        record(
          records as never,
          table,
          rows.find((row) => row.id === id),
          source,
        )
      data[`r${i}`] = { affectedCount: count, ...(records && { records: ids.map(told) }) }
    }
    await client.query('commit')
    return { data }
  } catch (error) {
    await client.query('rollback')
    if (error instanceof pg.DatabaseError) return { data: null, error: error.code ?? '' }
    if (error instanceof TooMany) return { data: null, error: 'atMost' }
    if (error instanceof NotThere) return { data: null, error: error.message }
    throw error
  }
}

/** What the role sees of each table, asked as plainly as can be; 64-bit numbers, decimals and JSON as texts. */
async function see(client: pg.Client, { tables }: World, schema: string, role: Role): Promise<State> {
  const each = tables.map((table) => {
    const columns = readable(table, role).map(({ name, type }) =>
      ['bigint', 'numeric', 'jsonb'].includes(type) ? `${name}::text` : name,
    )
    return `'${table.name}', (select coalesce(json_agg(t), '[]') from (select ${columns.join(', ')} from ${schema}.${table.name}) t)`
  })
  const { rows } = await client.query<{ all: Record<string, Row[]> }>(
    `select json_build_object(${each.join(', ')}) as all`,
  )
  return new Map(Object.entries(rows[0]?.all ?? {}))
}
