import { Cron } from 'croner'

/**
 * When a job's time comes next, by pg_cron's schedules: five fields in UTC, `$` for a month's last day, `N seconds`
 * counted from `since`, `@daily` and its like. Undefined for `@reboot`, whose time is the start.
 *
 * @throws for what is no schedule
 * @see https://github.com/citusdata/pg_cron#what-is-pg_cron
 */
export function nextTime(schedule: string, since: Date): Date | undefined {
  const text = schedule.trim().toLowerCase()
  if (text === '@reboot') return undefined
  const seconds = /^([1-9]|[1-5]\d)\s+seconds?$/.exec(text)?.[1]
  if (seconds !== undefined) return new Date(since.getTime() + Number(seconds) * 1000)
  const fields = (nicknames[text] ?? text).split(/\s+/)
  const [day = ''] = fields.splice(2, 1)
  fields.splice(2, 0, day.replaceAll('$', 'L'))
  const next = new Cron(fields.join(' '), { utcOffset: 0, mode: '5-part' }).nextRun(since)
  if (next === null) throw new Error(`the schedule ${schedule} never comes`)
  return next
}

/** Whether a job runs so many seconds after it last did, instead of by the clock. */
export function isInterval(schedule: string): boolean {
  return /seconds?\s*$/i.test(schedule)
}

const nicknames: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}
