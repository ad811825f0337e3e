import pg from 'pg'
import type { Connections, LoginRole } from '#database'

/** Lends a connection that is logged in as a role. */
export async function connected<T>(
  connections: Connections,
  role: LoginRole,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client(connections.for(role))
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/**
 * Runs statements in a transaction that is undone, as a role that was become from `login`.
 *
 * @returns the last statement's rows as arrays, or the SQLSTATE of the one that failed
 */
export async function attempt(
  client: pg.Client,
  role: string,
  statements: readonly string[],
  claims: Record<string, unknown> = {},
): Promise<unknown[][] | string> {
  await client.query('begin')
  try {
    await client.query("select set_config('role', $1, true), set_config('request.jwt.claims', $2, true)", [
      role,
      JSON.stringify(claims),
    ])
    let rows: unknown[][] = []
    for (const text of statements) rows = (await client.query<unknown[]>({ text, rowMode: 'array' })).rows
    return rows
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code) return error.code
    throw error
  } finally {
    await client.query('rollback')
  }
}
