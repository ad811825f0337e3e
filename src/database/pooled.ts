import type pg from 'pg'

/**
 * Whether a pooler (pgbouncer, Supavisor …) stands between a connection and the server: it hands out process ids of
 * its own making. Behind one that pools transactions, what a session is told to keep, a prepared statement or a
 * `LISTEN`, is another client's at the next transaction.
 */
export async function isPooled(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ pid: number }>('select pg_catalog.pg_backend_pid() as pid')
  // Told by the server at login (BackendKeyData); node-postgres keeps it for cancelling.
  const { processID } = client as pg.ClientBase & { readonly processID: number | null }
  return rows[0]?.pid !== processID
}
