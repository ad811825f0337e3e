import { sql } from 'kysely'
import pg from 'pg'
import { heldOpen } from '#database'
import { errorMessage } from '#errors'
import { createTurns } from '#turns'
import type { EventsDatabase } from '../database.ts'
import type { LoggedEvent, Outcome } from '../log/index.ts'
import type { EventsOptions } from '../options.ts'

/** Jobs that run at once in this process, each on a connection of its own: pg_cron's `cron.max_running_jobs`. */
export const jobsAtOnce = 32

/** What the scheduler wrote of a run. */
interface Run {
  readonly runid: number
  readonly username: string
  readonly command: string
}

/**
 * Runs a cron job's SQL as its owner: on a connection of the owner's own, where `reset role` leads nowhere else. A
 * command that fails has run; only one whose process ended before it did is run again.
 */
export function createJobRunner({ db, pool }: EventsDatabase, loginAs: EventsOptions['loginAs']) {
  const turns = createTurns(jobsAtOnce)

  async function run(event: LoggedEvent, stopping: AbortSignal): Promise<Outcome> {
    if (stopping.aborted) return { kind: 'abandoned' }
    const run = JSON.parse(event.body ?? '{}') as Run
    const note = async (status: string, message: string | null, pid?: number) => {
      await sql`update cron.job_run_details set status = ${status}, return_message = ${message},
        job_pid = coalesce(${pid ?? null}::integer, job_pid),
        start_time = case when ${status} = 'running' then clock_timestamp() else start_time end,
        end_time = case when ${status} <> 'running' then clock_timestamp() end
        where runid = ${run.runid}`.execute(db)
    }
    const client = new pg.Client({
      ...heldOpen,
      ...loginAs(run.username),
      application_name: 'pg_cron',
      connectionTimeoutMillis: 10_000,
    })
    client.on('error', () => {})
    try {
      await client.connect()
    } catch (error) {
      await note('failed', `connection failed: ${errorMessage(error)}`)
      // Refused for good (class 28), or away for now.
      if (error instanceof pg.DatabaseError && error.code?.startsWith('28')) return { kind: 'delivered', status: null }
      return { kind: 'failed', status: null, error: errorMessage(error) }
    }
    const { processID } = client as pg.Client & { readonly processID: number | null }
    const cancel = () => void pool.query('select pg_terminate_backend($1)', [processID]).catch(() => {})
    stopping.addEventListener('abort', cancel, { once: true })
    try {
      await note('running', null, processID ?? undefined)
      const result = (await client.query(run.command)) as pg.QueryResult | pg.QueryResult[]
      const last = Array.isArray(result) ? result.at(-1) : result
      await note('succeeded', last?.rowCount == null ? (last?.command ?? '') : `${last.command} ${last.rowCount}`)
    } catch (error) {
      if (stopping.aborted) return { kind: 'abandoned' }
      if (!(error instanceof pg.DatabaseError)) {
        return { kind: 'failed', status: null, error: errorMessage(error) }
      }
      await note('failed', `ERROR:  ${error.message}`)
    } finally {
      stopping.removeEventListener('abort', cancel)
      await client.end().catch(() => {})
    }
    return { kind: 'delivered', status: null }
  }
  return async (event: LoggedEvent, stopping: AbortSignal): Promise<Outcome> => await turns(() => run(event, stopping))
}
