import type { ClientConfig } from 'pg'
import pg from 'pg'
import { amongPostgresOwn, isPooled } from '#database'

/** A process, as it makes itself known. */
export interface Self {
  readonly id: Buffer
  readonly publicKey: Buffer
}

/** Another process, as its row says. */
export interface Registered extends Self {
  /** Whether its connection lives; the row of one that died stays until another process comes. */
  readonly isThere: boolean
}

/** A connection that tells all processes and hears them, registered for as long as it lives. */
export interface Link {
  /** Resolves when it is over, with why. */
  readonly ended: Promise<unknown>
  /** Those that are there now, and those that were and whose rows are left. */
  others(): Promise<readonly Registered[]>
  /** In order. */
  notify(texts: readonly string[]): Promise<void>
  close(): Promise<void>
}

export interface LinkOptions {
  /** Whoever may write the rows of `portico.realtime_peers`. */
  readonly login: ClientConfig
  readonly self: Self
  readonly heard: (text: string) => void
  /** Milliseconds that a statement may take before the connection is given up. */
  readonly patience?: number
}

const channel = 'portico_realtime'

/** Behind a pooler nothing can be listened to. */
export class NoLink extends Error {
  override readonly name = 'NoLink'
}

export async function openLink({ login, self, heard, patience = 30_000 }: LinkOptions): Promise<Link> {
  const client = new pg.Client({
    application_name: 'portico realtime peers',
    connectionTimeoutMillis: 10_000,
    query_timeout: patience,
    ...amongPostgresOwn(login),
  })
  const ended = new Promise<unknown>((resolve) => {
    client.on('error', resolve)
    client.once('end', () => resolve(new Error('The connection to other processes ended.')))
  })
  await client.connect()
  try {
    if (await isPooled(client)) throw new NoLink('Behind a pooler no other process is heard.')
    client.on('notification', ({ payload = '' }) => heard(payload))
    // Nothing told is kept, so that nobody need wait for a disk. A machine that is gone without a word is noticed.
    await client.query(`set synchronous_commit = off; set idle_session_timeout = 0; set statement_timeout = 0;
      set tcp_keepalives_idle = 20; set tcp_keepalives_interval = 10; set tcp_keepalives_count = 3`)
    await client.query(`listen ${channel}`)
    await client.query(gone)
    await client.query(register, [self.id, self.publicKey])
  } catch (error) {
    await client.end().catch(() => {})
    throw error
  }

  /** A connection that did not answer in time is given up: node-postgres would go on asking a server that has vanished. */
  async function run<Row extends pg.QueryResultRow>(query: pg.QueryConfig): Promise<readonly Row[]> {
    try {
      return (await client.query<Row>(query)).rows
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) void client.end()
      throw error
    }
  }

  return {
    ended,
    async others() {
      const rows = await run<{ id: Buffer; public_key: Buffer; there: boolean }>({ text: registered })
      return rows
        .filter(({ id }) => !id.equals(self.id))
        .map(({ id, public_key, there }) => ({ id, publicKey: public_key, isThere: there }))
    },
    async notify(texts) {
      await run({ name: 'notify', text: tell, values: [texts] })
    },
    async close() {
      await client.query(leave, [self.id]).catch(() => {})
      await client.end().catch(() => {})
    },
  }
}

const lives = `exists (
  select from pg_catalog.pg_stat_activity as a
  where a.pid operator(pg_catalog.=) p.pid and a.backend_start operator(pg_catalog.=) p.since
)`
const registered = `select id, public_key, ${lives} as there from portico.realtime_peers as p`
const gone = `delete from portico.realtime_peers as p where not ${lives}`
const leave = 'delete from portico.realtime_peers where id operator(pg_catalog.=) $1'
const register = `insert into portico.realtime_peers (id, public_key, pid, since)
  select $1, $2, a.pid, a.backend_start from pg_catalog.pg_stat_activity as a
  where a.pid operator(pg_catalog.=) pg_catalog.pg_backend_pid()`
const tell = `select from pg_catalog.unnest($1::text[]) as text, lateral pg_catalog.pg_notify('${channel}', text)`
