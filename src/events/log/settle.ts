import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import type { EventsDatabase } from '../database.ts'
import { backoff } from './backoff.ts'
import type { LoggedEvent, Outcome } from './event.ts'

/** What has become of an event; undefined if another process took it over. */
export type Settlement = 'delivered' | 'pending' | 'dead' | undefined

interface Change {
  readonly id: string
  readonly state: 'delivered' | 'pending' | 'dead'
  /** Milliseconds until the event is due; null leaves it as it is. */
  readonly delay: number | null
  /** 1 where the attempt does not count. */
  readonly undone: number
  readonly status: number | null
  readonly error: string | null
}

/**
 * Writes down what comes of attempts, on the disk: a crash that forgot one would have it delivered again after the key's
 * next. What comes in while a statement is under way is written by the next one together.
 * Where the database is away it is tried again, until `signal` says to give up: nobody else may settle these.
 */
export function createSettle({ db }: EventsDatabase, worker: number, signal: AbortSignal) {
  let waiting: { readonly change: Change; readonly settled: PromiseWithResolvers<Settlement> }[] = []
  let writing = false

  async function writeAll(): Promise<void> {
    writing = true
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      try {
        const mine = await write(batch.map(({ change }) => change))
        for (const { change, settled } of batch) settled.resolve(mine.has(change.id) ? change.state : undefined)
      } catch (error) {
        if (signal.aborted) for (const { settled } of batch) settled.reject(error)
        else waiting.unshift(...batch)
        await sleep(1000, undefined, { signal }).catch(() => {})
      }
    }
    writing = false
  }

  async function write(changes: readonly Change[]): Promise<ReadonlySet<string>> {
    const column = <Name extends keyof Change>(name: Name) => changes.map((change) => change[name])
    const { rows } = await sql<{ id: string }>`
      update portico.events e set
        state = o.state, claimed_by = null, attempts = e.attempts - o.undone,
        due_at = case when o.delay is null then e.due_at else clock_timestamp() + make_interval(secs => o.delay / 1000) end,
        finished_at = case when o.state <> 'pending' then clock_timestamp() end,
        last_status = o.status, last_error = o.error
      from unnest(
        ${column('id')}::bigint[], ${column('state')}::text[], ${column('delay')}::float8[],
        ${column('undone')}::integer[], ${column('status')}::integer[], ${column('error')}::text[]
      ) as o (id, state, delay, undone, status, error),
        (select set_config('synchronous_commit', 'on', true)) as durable
      where e.id = o.id and e.claimed_by = ${worker} and e.state = 'pending'
      returning e.id::text as id`.execute(db)
    return new Set(rows.map(({ id }) => id))
  }

  return async (event: LoggedEvent, outcome: Outcome): Promise<Settlement> => {
    const settled = Promise.withResolvers<Settlement>()
    waiting.push({ change: changeOf(event, outcome), settled })
    if (!writing) void writeAll()
    return await settled.promise
  }
}

function changeOf({ id, attempt, maxAttempts }: LoggedEvent, outcome: Outcome): Change {
  if (outcome.kind === 'abandoned') return { id, state: 'pending', delay: null, undone: 1, status: null, error: null }
  const { kind, status } = outcome
  if (kind === 'delivered') return { id, state: kind, delay: null, undone: 0, status, error: null }
  const state = outcome.final || attempt >= maxAttempts ? 'dead' : 'pending'
  const delay = Math.max(backoff(attempt), outcome.retryAfterMs ?? 0)
  return { id, state, delay, undone: 0, status, error: outcome.error }
}
