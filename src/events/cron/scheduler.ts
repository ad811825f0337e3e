import { sql } from 'kysely'
import { errorMessage } from '#errors'
import type { Observe } from '#observe'
import type { EventsDatabase } from '../database.ts'
import type { Presence } from '../presence.ts'
import { forgetEvery, forgetRuns } from './forget-runs.ts'
import { isInterval, nextTime } from './schedule.ts'

/** How long, in milliseconds, until the jobs are looked at again though nobody said that they have changed. */
const longest = 30_000
/** How often a process that does not lead asks whether it may, since the leader may be gone. */
const standby = 2000

interface Job {
  readonly jobid: string
  readonly schedule: string
  /** What `nextAt` was computed for; null for a job that has no time yet. */
  readonly timedFor: string | null
  readonly nextAt: Date | null
}

export interface Scheduler {
  /** The jobs have changed. */
  reload(): void
  stop(): Promise<void>
}

/**
 * Writes an event into the log when a cron job's time comes. Times are kept in a table, and each is moved on in the
 * transaction that writes its event: so a time comes once, however many processes there are and whenever they end. One
 * process looks after them; a time that passed while none did is made up for once.
 */
export function startScheduler(database: EventsDatabase, presence: Presence, observe: Observe): Scheduler {
  let stopped = false
  let isStart = true
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<void> = Promise.resolve()
  const refused = new Set<string>()
  let troubled = false
  let forgotten = 0

  async function look(): Promise<number> {
    if (!(await presence.leads())) return standby
    const now = new Date()
    let next = now.getTime() + longest
    for (const job of await readJobs(database)) {
      const at = await seeTo(job, now)
      if (at) next = Math.min(next, at.getTime())
    }
    isStart = false
    if (now.getTime() - forgotten >= forgetEvery) {
      await forgetRuns(database)
      forgotten = now.getTime()
    }
    return Math.max(next - Date.now(), 0)
  }

  /** Fires the job if its time has come. When its time comes next. */
  async function seeTo(job: Job, now: Date): Promise<Date | undefined> {
    try {
      const isNew = job.timedFor !== job.schedule
      if (isNew || (job.nextAt === null && !isStart)) {
        const first = job.timedFor === null || isNew ? nextTime(job.schedule, now) : undefined
        if (isNew) await setTime(database, job, first)
        return first
      }
      if (job.nextAt && job.nextAt > now) return job.nextAt
      const since = isInterval(job.schedule) && job.nextAt && isRecent(job.nextAt, now) ? job.nextAt : now
      const next = nextTime(job.schedule, since)
      await fire(database, job, next && next <= now ? nextTime(job.schedule, now) : next)
      return next
    } catch (error) {
      if (!refused.has(job.jobid)) tell(`The cron job ${job.jobid} cannot be scheduled: ${errorMessage(error)}`)
      refused.add(job.jobid)
      return undefined
    }
  }

  function tell(text: string): void {
    observe({ kind: 'message', level: 'warn', text })
  }

  function again(inMs: number): void {
    clearTimeout(timer)
    if (stopped) return
    timer = setTimeout(() => {
      looking = looking.then(async () => {
        try {
          again(await look())
          troubled = false
        } catch (error) {
          if (!troubled && !stopped) tell(`Cron jobs cannot be looked after: ${errorMessage(error)}`)
          troubled = true
          again(standby)
        }
      })
    }, inMs)
  }

  again(0)
  return {
    reload: () => again(0),
    async stop() {
      stopped = true
      clearTimeout(timer)
      await looking
    },
  }
}

/** Within the last minute: an interval goes on from its own time, so that it does not drift. */
function isRecent(time: Date, now: Date): boolean {
  return now.getTime() - time.getTime() < 60_000
}

async function readJobs({ db }: EventsDatabase): Promise<readonly Job[]> {
  await sql`delete from portico.cron_times t
    where not exists (select from cron.job j where j.jobid = t.jobid and j.active)`.execute(db)
  const { rows } = await sql<Job>`
    select j.jobid::text as jobid, j.schedule, t.schedule as "timedFor", t.next_at as "nextAt"
    from cron.job j left join portico.cron_times t on t.jobid = j.jobid
    where j.active and j.database = current_database()
    order by t.next_at nulls first, j.jobid`.execute(db)
  return rows
}

async function setTime({ db }: EventsDatabase, job: Job, nextAt: Date | undefined): Promise<void> {
  await sql`insert into portico.cron_times (jobid, schedule, next_at) values (${job.jobid}, ${job.schedule}, ${nextAt ?? null})
    on conflict (jobid) do update set schedule = excluded.schedule, next_at = excluded.next_at`.execute(db)
}

/** Moves the job's time on and writes its event, if nobody else has; an interval that is still waiting to run has one. */
async function fire({ db }: EventsDatabase, job: Job, next: Date | undefined): Promise<void> {
  await sql`
    with moved as (
      update portico.cron_times set next_at = ${next ?? null}::timestamptz
      where jobid = ${job.jobid} and next_at is not distinct from ${job.nextAt}::timestamptz
      returning jobid
    ), wanted as (
      select j.*, 'cron ' || j.jobid as key from moved join cron.job j on j.jobid = moved.jobid
      where not (${isInterval(job.schedule)} and exists (
        select from portico.events e where e.key = 'cron ' || j.jobid and e.lane = abs(hashtext('cron ' || j.jobid) % 8)
          and e.state = 'pending' and e.claimed_by is null
      ))
    ), run as (
      insert into cron.job_run_details (jobid, database, username, command, status)
      select jobid, database, username, command, 'starting' from wanted returning jobid, runid
    ), event as (
      insert into portico.events (source, name, key, body, timeout_ms, max_attempts)
      select 'cron', coalesce(w.jobname, w.jobid::text), w.key,
        jsonb_build_object('runid', r.runid, 'username', w.username, 'command', w.command)::text, 86400000, 3
      from wanted w join run r on r.jobid = w.jobid returning lane
    )
    select pg_notify('portico_events', lane::text), set_config('synchronous_commit', 'on', true) from event`.execute(db)
}
