import { sql } from 'kysely'
import type { EventsDatabase } from '../database.ts'

/** Milliseconds. */
export const forgetEvery = 60 * 60 * 1000

/**
 * Forgets the runs of more than a week ago, which pg_cron keeps for ever: a job that runs each second has 30 million of them
 * in a year. What never began has no time, and goes with those before and after it.
 */
export async function forgetRuns({ db }: EventsDatabase): Promise<void> {
  await sql`
    delete from cron.job_run_details where runid <= (
      select max(runid) from cron.job_run_details
      where coalesce(end_time, start_time) < clock_timestamp() - interval '7 days'
    )`.execute(db)
}
