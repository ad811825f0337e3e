import { sql } from 'kysely'
import type { EventsDatabase } from '../database.ts'
import { abandoned } from '../presence.ts'
import { atATime, type Places, placesOf } from './places.ts'

/** A request taken out of the queue. */
export interface Queued {
  readonly id: string
  readonly target: string
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>> | null
  readonly body: Buffer | null
  readonly timeoutMs: number
}

/** What `net._http_response` keeps. */
export interface Kept {
  readonly status?: number
  readonly contentType?: string | null
  readonly headers?: Readonly<Record<string, string>>
  readonly content?: string
  readonly timedOut: boolean
  readonly error?: string
}

/** So many of the oldest requests are looked at, whoever they are to, and so many targets in the order of their names. */
const oldest = 100
const mostTargets = 1000

/** Whom a URL asks: its host and port, and which of the functions there. An index of the platform is over the same expression. */
const target = sql`coalesce(lower(substring(url from '^[^:]*://(?:[^/?#\\\\]*@)?([^/?#\\\\]*(?:/functions/v1/[^/?#]*)?)')), '')`

/**
 * Takes requests out of the queue, durably, as far as there are places: no crash may have them sent twice.
 *
 * @returns what was taken, and whether others were being taken elsewhere just then
 */
export async function takeRequests(
  { db }: EventsDatabase,
  worker: number,
  { left, taken }: Places,
): Promise<{ readonly requests: readonly Queued[]; readonly contended: boolean }> {
  if (left <= 0) return { requests: [], contended: false }
  const { rows } = await sql<Queued & { readonly isTaken: boolean }>`
    with recursive busy as (
      select * from unnest(${[...taken.keys()]}::text[], ${[...taken.values()]}::integer[]) as b (target, count)
    ), named as (
      (select ${target} as target from net.http_request_queue order by 1 limit 1)
      union all
      select (select ${target} from net.http_request_queue where ${target} > n.target order by 1 limit 1)
      from named n where n.target is not null
    ), targets as (
      select target from (select ${target} as target from net.http_request_queue order by id limit ${oldest}) q
      union select target from (select target from named where target is not null limit ${mostTargets}) n
    ), due as (
      select w.id, t.target from targets t left join busy b on b.target = t.target
      cross join lateral (
        select id, row_number() over (order by id) as place from net.http_request_queue where ${target} = t.target
        order by id limit greatest(0, ${placesOf(sql`coalesce(b.count, 0)`, left)})
      ) w
      order by w.place, w.id limit ${Math.min(left, atATime)}
    ), taken as (
      delete from net.http_request_queue where id in (
        select q.id from net.http_request_queue q where q.id in (select id from due) for update skip locked
      ) returning *
    ), noted as (
      insert into portico.net_requests (id, claimed_by, claimed_until)
      select id, ${worker}, clock_timestamp() + make_interval(secs => timeout_milliseconds / 1000.0 + 60) from taken
    )
    select due.id::text as id, due.target, method, url, headers, body, timeout_milliseconds as "timeoutMs",
      taken.id is not null as "isTaken", set_config('synchronous_commit', 'on', true)
    from due left join taken on taken.id = due.id order by due.id`.execute(db)
  const requests = rows.filter(({ isTaken }) => isTaken)
  return { requests, contended: requests.length < rows.length }
}

export async function keepAnswer({ db }: EventsDatabase, id: string, kept: Kept): Promise<void> {
  await sql`
    with gone as (delete from portico.net_requests where id = ${id} returning id)
    insert into net._http_response (id, status_code, content_type, headers, content, timed_out, error_msg)
    select id, ${kept.status ?? null}::integer, ${kept.contentType ?? null}::text,
      ${kept.headers ? JSON.stringify(kept.headers) : null}::jsonb, ${kept.content ?? null}::text,
      ${kept.timedOut}::boolean, ${kept.error ?? null}::text
    from gone`.execute(db)
}

/** Requests whose process ended: their one attempt was made, and nobody knows what came of it. */
export async function answerAbandoned({ db }: EventsDatabase): Promise<void> {
  await sql`
    with gone as (delete from portico.net_requests where ${abandoned} returning id)
    insert into net._http_response (id, timed_out, error_msg)
    select id, false, 'Portico stopped while the request was under way' from gone`.execute(db)
}

/** pg_net keeps answers for six hours. */
export async function forgetOld({ db }: EventsDatabase): Promise<void> {
  await sql`delete from net._http_response where created < clock_timestamp() - interval '6 hours'`.execute(db)
}
