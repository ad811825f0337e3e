import { type RawBuilder, sql } from 'kysely'
import type { EventsDatabase } from '../database.ts'
import type { LoggedEvent } from './event.ts'

/** How many lanes the keys are spread over; 0020_events.sql computes an event's. */
export const lanes = 8

/**
 * The head of each key of a lane, in the keys' order: by leaps through the index, however long the queues are, and over
 * all keys of what is to be left out, however many.
 */
function heads(lane: number, after: string, without: readonly string[] = []): RawBuilder<unknown> {
  const head = (key: RawBuilder<unknown>) => sql`select e.id, e.name, e.key, e.due_at, e.claimed_by, e.overlapping
    from portico.events e where e.lane = ${lane} and e.state = 'pending' and e.key > ${key} order by e.key, e.id limit 1`
  // A key is its webhook's name, a space, and the row's identity as a JSON array.
  const past = sql`case when head.name = any(${without}::text[]) and starts_with(head.key, head.name || ' [')
    then head.name || ' \\' else head.key end`
  return sql`recursive head as (
    (${head(sql`${after}`)})
    union all
    select next.* from head cross join lateral (${head(past)}) next
  )`
}

export interface ClaimOptions {
  readonly worker: number
  readonly lane: number
  /** Keys up to this one had their turn. */
  readonly after: string
  readonly limit: number
  /** Names of webhooks and jobs that have enough. */
  readonly without: readonly string[]
  /** Up to which id overlapping transactions have ended. */
  readonly settled: bigint
}

/**
 * Claims events that are the first of their key, due, and nobody else's. Of two that claim at once one gets an event:
 * the other's conditions are looked at again once the first has committed.
 */
export async function claim({ db }: EventsDatabase, options: ClaimOptions): Promise<readonly LoggedEvent[]> {
  const { worker, lane, after, limit, without, settled } = options
  const { rows } = await sql<LoggedEvent>`
    with ${heads(lane, after, without)}, due as (
      select head.id from head
      where head.due_at <= clock_timestamp() and head.claimed_by is null
        and head.name <> all(${without}::text[]) and (not head.overlapping or head.id <= ${settled})
      limit ${limit}
    )
    update portico.events e set
      claimed_by = ${worker}, attempts = e.attempts + 1,
      -- It may wait for others of its consumer to take theirs.
      claimed_until = clock_timestamp() + make_interval(secs => e.timeout_ms / 1000.0 * 2 + 60)
    from due
    where e.id = due.id and e.state = 'pending' and e.claimed_by is null and e.due_at <= clock_timestamp()
    returning e.id::text as id, e.event_id as "eventId", e.source, e.name, e.key, e.method, e.url, e.params, e.headers,
      e.body, e.traceparent, e.timeout_ms as "timeoutMs", e.attempts as attempt, e.max_attempts as "maxAttempts"`.execute(
    db,
  )
  return rows
}

/** In how many milliseconds the next head of a lane is due, and whether one waits for overlapping transactions. */
export async function nextDue(
  { db }: EventsDatabase,
  lane: number,
): Promise<{ readonly inMs: number | undefined; readonly overlapping: boolean }> {
  const { rows } = await sql<{ ms: number | null; overlapping: boolean | null }>`
    with ${heads(lane, '')}
    select extract(epoch from min(head.due_at) - clock_timestamp())::float8 * 1000 as ms,
      bool_or(head.overlapping) as overlapping
    from head where head.claimed_by is null`.execute(db)
  return { inMs: rows[0]?.ms ?? undefined, overlapping: rows[0]?.overlapping ?? false }
}

/** The lanes that have something to deliver, now or later. */
export async function pendingLanes({ db }: EventsDatabase): Promise<readonly number[]> {
  const { rows } = await sql<{ lane: number }>`
    select lane from generate_series(0, ${lanes - 1}) as lane
    where exists (select from portico.events e where e.lane = lane.lane and e.state = 'pending')`.execute(db)
  return rows.map(({ lane }) => lane)
}
