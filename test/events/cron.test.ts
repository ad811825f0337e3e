import { describe, expect, test } from 'vitest'
import { nextTime } from '../../src/events/cron/schedule.ts'
import { administer } from '../support/administer.ts'
import { useDatabase } from '../support/database.ts'
import { connectAs, startEvents, ticksOf } from './events-fixture.ts'

const database = useDatabase(
  'create extension pg_cron',
  'create table public.ran (what text, who text, at timestamptz default clock_timestamp())',
  'grant all on public.ran to public',
)

describe('a schedule', () => {
  test.each<[schedule: string, next: string | undefined]>([
    ['* * * * *', '2026-11-26T10:31:00Z'],
    ['*/15 * * * *', '2026-11-26T10:45:00Z'],
    ['5 4 * * sun', '2026-11-29T04:05:00Z'],
    ['0 9 * * 7', '2026-11-29T09:00:00Z'],
    ['0 0 $ * *', '2026-11-30T00:00:00Z'],
    ['0 0 $ 2 *', '2027-02-28T00:00:00Z'],
    ['0 12 1,15 jan-mar *', '2027-01-01T12:00:00Z'],
    // A day of the month or of the week, as cron has it.
    ['0 0 13 * fri', '2026-11-27T00:00:00Z'],
    ['@hourly', '2026-11-26T11:00:00Z'],
    ['@Daily', '2026-11-27T00:00:00Z'],
    ['@weekly', '2026-11-29T00:00:00Z'],
    ['@yearly', '2027-01-01T00:00:00Z'],
    ['30 seconds', '2026-11-26T10:30:40Z'],
    ['1 second', '2026-11-26T10:30:11Z'],
    ['@reboot', undefined],
  ])('%s comes next at %s', (schedule, next) => {
    expect(nextTime(schedule, new Date('2026-11-26T10:30:10Z'))).toEqual(next && new Date(next))
  })
})

const runs = (job: string) => `select status, return_message, username, database, start_time is not null as started,
  end_time >= start_time as ended from cron.job_run_details d
  where jobid = (select jobid from cron.job where jobname = '${job}') order by runid`

describe('a job', () => {
  test('runs as its owner, and its runs can be read', async () => {
    await using client = await connectAs(database)
    await using _ = await startEvents(database)
    await client.sql(`select cron.schedule('fine', '1 second', 'insert into ran values (''fine'', session_user)')`)
    await client.sql(`select cron.schedule('wrong', '1 second', 'select 1 / 0')`)
    await client.until(`select count(*) >= 2 from ran where what = 'fine'`, true)
    await client.until(`select count(*) >= 1 from cron.job_run_details where status = 'failed'`, true)
    await client.sql(`select cron.unschedule('wrong')`)
    expect(await client.sql(`select distinct who from ran where what = 'fine'`)).toEqual([{ who: 'postgres' }])
    await client.until(runs('fine'), 'succeeded')
    const [run] = await client.sql(runs('fine'))
    const [{ name } = { name: '' }] = await client.sql('select current_database() as name')
    expect(run).toEqual({
      ...{ status: 'succeeded', return_message: 'INSERT 1', username: 'postgres', database: name },
      ...{ started: true, ended: true },
    })
    const failed = `select return_message from cron.job_run_details where status = 'failed' limit 1`
    expect(await client.sql(failed)).toEqual([{ return_message: 'ERROR:  division by zero' }])
    await client.sql(`select cron.unschedule('fine')`)
  })

  test('may vacuum, which no transaction may, and several statements at once', async () => {
    await using client = await connectAs(database)
    await using _ = await startEvents(database)
    await client.sql(`select cron.schedule('vacuum', '1 second', 'vacuum public.ran')`)
    await client.sql(
      `select cron.schedule('two', '1 second', 'select 1; insert into ran values (''two'', current_user)')`,
    )
    await client.until(`select count(*) >= 1 from ran where what = 'two'`, true)
    await client.until(
      `select count(*) >= 1 from cron.job_run_details where command like 'vacuum%' and status = 'succeeded'`,
      true,
    )
    await client.sql(`select cron.unschedule('vacuum'), cron.unschedule('two')`)
  })

  test('of another role runs on that role’s own connection', async () => {
    await administer(
      database.connections,
      'create role night_watch login',
      'grant usage on schema cron to night_watch',
      'grant all on cron.job to night_watch',
      'grant usage on all sequences in schema cron to night_watch',
      'grant execute on all functions in schema cron to night_watch',
      'grant night_watch to postgres',
    )
    try {
      await using client = await connectAs(database)
      await using _ = await startEvents(database)
      await client.sql('set role night_watch')
      await client.sql(
        `select cron.schedule('watch', '1 second', 'reset role; reset session authorization; insert into ran values (''watch'', current_user)')`,
      )
      await client.sql('reset role')
      await client.until(`select count(*) >= 1 from ran where what = 'watch'`, true)
      expect(await client.sql(`select distinct who from ran where what = 'watch'`)).toEqual([{ who: 'night_watch' }])
    } finally {
      await administer(
        database.connections,
        'delete from cron.job',
        'drop owned by night_watch',
        'drop role night_watch',
      )
    }
  })

  test('of a role that cannot log in is refused', async () => {
    await using client = await connectAs(database)
    await expect(
      client.sql(`select cron.schedule_in_database('no', '* * * * *', 'select 1', current_database(), 'service_role')`),
    ).rejects.toMatchObject({ code: '42501', message: 'role "service_role" can not log in' })
  })

  test('that is no longer active, or no longer there, runs no more', async () => {
    await using client = await connectAs(database)
    await using _ = await startEvents(database)
    await client.sql(`select cron.schedule('off', '1 second', 'insert into ran values (''off'')')`)
    await client.until(`select count(*) >= 1 from ran where what = 'off'`, true)
    await client.sql(`select cron.alter_job(jobid, active := false) from cron.job where jobname = 'off'`)
    await client.until(`select count(*)::int from portico.events where name = 'off' and state = 'pending'`, 0)
    const [before] = await client.sql(`select count(*)::int as runs from ran where what = 'off'`)
    await client.sql('select pg_sleep(1.5)')
    const [after] = await client.sql(`select count(*)::int as runs from ran where what = 'off'`)
    // A time that came at that very moment may still have been written.
    expect(after?.runs - before?.runs).toBeLessThanOrEqual(1)
    await client.sql(`select cron.unschedule('off')`)
  })

  test('whose time passed while nothing ran is run once', async () => {
    await using client = await connectAs(database)
    await using admin = await connectAs(database, 'supabase_admin')
    const [job] = await client.sql(
      `select cron.schedule('missed', '0 3 1 1 *', 'insert into ran values (''missed'')') as id`,
    )
    await admin.sql(`insert into portico.cron_times values (${job?.id}, '0 3 1 1 *', now() - interval '3 days')`)
    await using _ = await startEvents(database)
    await client.until(`select count(*)::int from ran where what = 'missed'`, 1)
    expect(await admin.sql(`select next_at > now() as ahead from portico.cron_times where jobid = ${job?.id}`)).toEqual(
      [{ ahead: true }],
    )
    await client.sql(`select cron.unschedule('missed')`)
  })

  test('runs beside others that take long, as many as pg_cron runs at once', async () => {
    await using client = await connectAs(database)
    await using holder = await connectAs(database)
    await holder.sql('select pg_advisory_lock(4711)')
    await using _ = await startEvents(database)
    // All of one lane of the log, which has fewer places for webhooks.
    const lane = `abs(hashtext('cron ' || jobid) % 8) = 3`
    await client.sql(`begin;
      select cron.schedule('long ' || n, '1 second', 'select pg_advisory_lock_shared(4711)') from generate_series(1, 80) n;
      select cron.unschedule(jobid) from cron.job where not ${lane};
      commit`)
    const [{ jobs } = { jobs: 0 }] = await client.sql('select count(*)::int as jobs from cron.job')
    expect(jobs).toBeGreaterThan(6)
    const wait = `select count(*)::int from pg_stat_activity where application_name = 'pg_cron'
      and datname = current_database() and wait_event_type = 'Lock'`
    await client.until(wait, jobs)
    await holder.sql('select pg_advisory_unlock(4711)')
    await client.sql('select cron.unschedule(jobid) from cron.job')
  })

  test('comes once a time, however many processes there are, and goes on when the leader is gone', async () => {
    await using client = await connectAs(database)
    const first = await startEvents(database)
    await using second = await startEvents(database)
    await using third = await startEvents(database)
    const begun = new Date()
    await client.sql(`select cron.schedule('shared', '1 second', 'insert into ran values (''shared'')')`)
    const count = `select count(*) >= 3 from ran where what = 'shared'`
    await client.until(count, true)
    await first[Symbol.asyncDispose]()
    await client.until(count.replace('3', '6'), true)
    const { ticks, seconds } = await ticksOf('shared', database, begun)
    await client.sql(`select cron.unschedule('shared')`)
    expect(ticks, 'never two for one second').toBeLessThanOrEqual(seconds)
    expect([...second.observations, ...third.observations].filter(({ kind }) => kind === 'message')).toEqual([])
  })
})

test('runs of more than a week ago are forgotten, with what never began before them', async () => {
  await using client = await connectAs(database)
  await administer(
    database.connections,
    `insert into cron.job_run_details (jobid, command, status, start_time, end_time)
      select 0, name, status, clock_timestamp() - began, clock_timestamp() - ended
      from (values ('never began', 'starting', null, null), ('runs', 'running', interval '9 days', null),
        ('waits', 'starting', null, null), ('ended just now', 'succeeded', interval '9 days', interval '0'),
        ('old', 'succeeded', interval '8 days', interval '8 days'), ('recent', 'succeeded', interval '6 days', interval '6 days'),
        ('begins', 'starting', null, null)) v (name, status, began, ended)`,
    // Of an attempt that goes on elsewhere, and of one behind it.
    `insert into portico.events (source, name, key, body, due_at)
      select 'cron', 'long', 'cron 0', json_build_object('runid', runid), clock_timestamp() + interval '1 hour' from cron.job_run_details
      where command in ('runs', 'waits')`,
    `insert into portico.events (name, key, body, due_at) values ('hook', 'hook', 'no JSON', clock_timestamp() + interval '1 hour')`,
  )
  await client.sql(`select cron.schedule('rarely', '0 0 1 1 *', 'select 1')`)
  await using _ = await startEvents(database)
  await client.until(`select count(*) = 0 from cron.job_run_details where command in ('never began', 'old')`, true)
  const left = await client.sql(`select command from cron.job_run_details where jobid = 0 order by runid`)
  expect(left.map(({ command }) => command)).toEqual(['runs', 'waits', 'ended just now', 'recent', 'begins'])
  await client.sql(`select cron.unschedule('rarely')`)
})
