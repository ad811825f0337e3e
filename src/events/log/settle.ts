import { sql } from 'kysely'
import type { EventsDatabase } from '../database.ts'
import { backoff } from './backoff.ts'
import type { LoggedEvent, Outcome } from './event.ts'

/**
 * Writes down what came of an attempt, if the event is still this worker's.
 *
 * @returns the event's new state; undefined if another took it over
 */
export async function settle(
  { db }: EventsDatabase,
  worker: number,
  event: LoggedEvent,
  outcome: Outcome,
): Promise<'delivered' | 'pending' | 'dead' | undefined> {
  const mine = sql`id = ${event.id} and claimed_by = ${worker} and state = 'pending'`
  if (outcome.kind === 'abandoned') {
    await sql`update portico.events set claimed_by = null, attempts = attempts - 1 where ${mine}`.execute(db)
    return 'pending'
  }
  if (outcome.kind === 'delivered') {
    const { numAffectedRows } = await sql`update portico.events set
      state = 'delivered', claimed_by = null, finished_at = clock_timestamp(),
      last_status = ${outcome.status}, last_error = null where ${mine}`.execute(db)
    return numAffectedRows === 1n ? 'delivered' : undefined
  }
  const isDead = outcome.final || event.attempt >= event.maxAttempts
  const delay = Math.max(backoff(event.attempt), outcome.retryAfterMs ?? 0)
  const { numAffectedRows } = await sql`update portico.events set
    state = ${isDead ? 'dead' : 'pending'}, claimed_by = null,
    finished_at = case when ${isDead} then clock_timestamp() end,
    due_at = clock_timestamp() + make_interval(secs => ${delay / 1000}),
    last_status = ${outcome.status}::integer, last_error = ${outcome.error} where ${mine}`.execute(db)
  if (numAffectedRows !== 1n) return undefined
  return isDead ? 'dead' : 'pending'
}
