import pg from 'pg'
import { amongPostgresOwn } from '#database'
import type { Observe } from '#observe'

/** Milliseconds after which it is worth a word, and between two of them. */
const patience = 3_000
const again = 60_000

/**
 * While a slot is being made, which waits for transactions under way, tells the log which one it waits for: whoever runs the
 * database can end it.
 *
 * @param waiting the process of Postgres that waits
 * @returns it is made, or is not made
 */
export function nameHolders(login: pg.ClientConfig, waiting: number | null, observe: Observe): () => void {
  let timer = setTimeout(look, patience)
  timer.unref()

  function look(): void {
    timer = setTimeout(look, again)
    timer.unref()
    holdersOf(login, waiting).then(
      (holders) => {
        for (const data of holders) {
          observe({
            kind: 'message',
            level: 'warn',
            text: 'a transaction that is open holds up the first subscriber',
            data,
          })
        }
      },
      () => {},
    )
  }

  return () => clearTimeout(timer)
}

async function holdersOf(login: pg.ClientConfig, waiting: number | null): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({
    application_name: 'portico realtime',
    connectionTimeoutMillis: 5_000,
    query_timeout: 5_000,
    ...amongPostgresOwn(login),
  })
  client.on('error', () => {})
  await client.connect()
  try {
    const { rows } = await client.query<Record<string, unknown>>(query, [waiting])
    return rows
  } finally {
    await client.end()
  }
}

/** Without its statement, which may hold anything. */
const query = `
  select pid, usename as role, application_name as application, state, seconds
  from pg_catalog.pg_stat_activity,
    lateral pg_catalog.round(extract(epoch from pg_catalog.clock_timestamp() operator(pg_catalog.-) xact_start), 1) as seconds
  where pid operator(pg_catalog.=) any (pg_catalog.pg_blocking_pids($1))`
