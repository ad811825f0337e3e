import { sql } from 'kysely'
import type { EventsDatabase } from '../database.ts'

/** Milliseconds. */
export const forgetEvery = 60 * 60 * 1000

/**
 * Forgets the runs of more than a week ago, which pg_cron keeps for ever: a job that runs each second has 30 million of them
 * in a year. What never began has no time, and goes with those before and after it. One that still runs, or waits for
 * its turn behind one, stays until its end is written.
 */
export async function forgetRuns({ db }: EventsDatabase): Promise<void> {
  const weekAgo = sql`clock_timestamp() - interval '7 days'`
  await sql`
    delete from cron.job_run_details where runid <= (
      select max(runid) from cron.job_run_details where coalesce(end_time, start_time) < ${weekAgo}
    ) and (end_time is null or end_time < ${weekAgo}) and runid not in (
      select (case source when 'cron' then body::jsonb ->> 'runid' end)::bigint from portico.events
      where source = 'cron' and state = 'pending'
    )`.execute(db)
}
