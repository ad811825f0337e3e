import { sql } from 'kysely'
import type { EventsDatabase } from '../database.ts'
import { abandoned } from '../presence.ts'

/**
 * Gives back the events of processes that are gone, for another attempt at once. One that was being attempted for the
 * last time, and may be what ended its process, is dead.
 *
 * @returns the lanes they are in
 */
export async function releaseAbandoned({ db }: EventsDatabase): Promise<readonly number[]> {
  const { rows } = await sql<{ lane: number }>`
    update portico.events set claimed_by = null, due_at = clock_timestamp(),
      state = case when attempts >= max_attempts then 'dead' else state end,
      finished_at = case when attempts >= max_attempts then clock_timestamp() end,
      last_error = 'The process that made the attempt ended before there was an answer.'
    where claimed_by is not null and state = 'pending' and ${abandoned}
    returning lane`.execute(db)
  return [...new Set(rows.map(({ lane }) => lane))]
}

/** Forgets what was delivered a day ago, and what died or was replayed thirty days ago. */
export async function forgetOld({ db }: EventsDatabase): Promise<void> {
  await sql`delete from portico.events
    where state = 'delivered' and finished_at < clock_timestamp() - interval '1 day'
      or state in ('dead', 'replayed') and finished_at < clock_timestamp() - interval '30 days'`.execute(db)
}
