import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { amongPostgresOwn } from '#database'

/** Milliseconds between two looks at most. */
const longestPause = 50

/** Milliseconds that a look may take before the connection is given up. */
const patience = 30_000

/** Tells when statements that begin now see what transactions did. */
export interface Sight {
  /** Resolves once all of them are seen; rejects when the database is away. */
  seen(xids: readonly number[]): Promise<void>
  /** Resolves when the connection is over, with why. */
  readonly ended: Promise<unknown>
  close(): Promise<void>
}

/**
 * A transaction is in the log before others see what it did: its commit is written first, and with a synchronous standby
 * long before.
 *
 * @param login any; what it asks needs no rights
 */
export async function openSight(login: pg.ClientConfig): Promise<Sight> {
  const client = new pg.Client({
    application_name: 'portico realtime',
    connectionTimeoutMillis: 10_000,
    query_timeout: patience,
    ...amongPostgresOwn(login),
  })
  const ended = new Promise<unknown>((resolve) => {
    client.on('error', resolve)
    client.once('end', () => resolve(new Error('The connection that commits are looked for by ended.')))
  })
  await client.connect()
  return {
    ended,
    async seen(xids) {
      for (let wait = 1; ; wait = Math.min(wait * 2, longestPause)) {
        const { rows } = await client.query<{ seen: boolean }>({ name: 'seen', text: query, values: [xids] })
        if (rows[0]?.seen) return
        await pause(wait)
      }
    },
    close: () => client.end(),
  }
}

/** The log's ids have 32 bits: each stands for the full one that is nearest to where the database is. */
const query = `
  select pg_catalog.bool_and(pg_catalog.pg_visible_in_snapshot(
    (newest + ((id - newest + 2147483648) % 4294967296 + 4294967296) % 4294967296 - 2147483648)::text::xid8,
    pg_catalog.pg_current_snapshot()
  )) as seen
  from pg_catalog.unnest($1::int8[]) as id,
    (select pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::int8) as at(newest)`
