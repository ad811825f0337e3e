import { sql } from 'kysely'
import pg from 'pg'
import { heldOpen, isPooled } from '#database'
import type { EventsDatabase } from './database.ts'

/** First halves of the keys of advisory locks; 0020_events.sql takes `[log, 1]`. */
const log = 0x706f7274
const workers = 0x706f7275
const leader = 2

const here = `database = (select oid from pg_database where datname = current_database())`

/** A condition on rows with a claim: the process that made it is gone. One that is there holds a lock, which ends with it. */
export const abandoned = sql.raw<boolean>(`(
  claimed_by > 0 and claimed_by not in (
    select objid::int8::int from pg_locks
    where locktype = 'advisory' and granted and classid = ${workers} and objsubid = 2 and ${here}
  ) or claimed_by < 0 and claimed_until < clock_timestamp()
)`)

/** SQL: the open transactions that write events, of which some with lower ids may still appear. */
export const writers = `select coalesce(array_agg(distinct virtualtransaction), '{}') as under_way from pg_locks
  where locktype = 'advisory' and granted and classid = ${log} and objid = 1 and objsubid = 2 and ${here}`

/** This process, as the others that work on the same log see it. */
export interface Presence {
  /** Its number. Negative behind a pooler, where no lock can tell that the process is there: its claims end by the clock. */
  readonly worker: number
  /** Whether no other process is there, as far as can be told: behind a pooler none can be seen. */
  isAlone(): Promise<boolean>
  /** Whether this process is the one that looks after cron. */
  leads(): Promise<boolean>
  close(): Promise<void>
}

/** Takes a number and, as long as the process lives, the lock that goes with it. */
export async function bePresent({ pool }: EventsDatabase, login: pg.ClientConfig): Promise<Presence> {
  const { rows } = await pool.query<{ worker: number }>(`select nextval('portico.event_workers')::int as worker`)
  const worker = rows[0]?.worker ?? 1
  let closed = false
  let leading = false
  let client: pg.Client | undefined
  let retry: NodeJS.Timeout | undefined

  async function connect(): Promise<'locked' | 'pooled' | 'away'> {
    const next = new pg.Client({ ...heldOpen, ...login, application_name: 'portico events presence' })
    const again = () => {
      if (closed || client !== next) return
      client = undefined
      leading = false
      retry = setTimeout(() => void connect(), 1000)
    }
    client = next
    next.on('error', again)
    next.on('end', again)
    try {
      await next.connect()
      if (await isPooled(next)) {
        closed = true
        await next.end()
        return 'pooled'
      }
      // A machine that is gone without a word must not hold its events for hours.
      await next.query('set tcp_keepalives_idle = 20; set tcp_keepalives_interval = 10; set tcp_keepalives_count = 3')
      await next.query(`select pg_catalog.pg_advisory_lock(${workers}, ${worker})`)
      return 'locked'
    } catch {
      again()
      return 'away'
    }
  }

  const pooled = (await connect()) === 'pooled'
  return {
    worker: pooled ? -worker : worker,
    async isAlone() {
      if (pooled) return true
      const { rows } = await pool.query<{ count: number }>(`select count(*)::int from pg_locks
        where locktype = 'advisory' and granted and classid = ${workers} and objsubid = 2 and ${here}`)
      return (rows[0]?.count ?? 0) <= 1
    },
    async leads() {
      if (pooled || leading) return true
      const asked = client
      if (!asked) return false
      const answer = await asked.query<{ won: boolean }>(
        `select pg_catalog.pg_try_advisory_lock(${log}, ${leader}) as won`,
      )
      leading = client === asked && answer.rows[0]?.won === true
      return leading
    },
    async close() {
      closed = true
      clearTimeout(retry)
      await client?.end().catch(() => {})
    },
  }
}
