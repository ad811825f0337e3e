import { sql } from 'kysely'
import { errorMessage } from '#errors'
import type { Observe } from '#observe'
import type { EventsDatabase } from '../database.ts'
import type { Answer, Send } from '../outbound/index.ts'
import { abandoned } from '../presence.ts'

/** Requests of pg_net under way at once in this process. */
const atOnce = 20
/** Bytes of an answer that are kept. */
const most = 5 * 1024 * 1024
/** How often, in milliseconds, requests of processes that are gone and old answers are looked for. */
const tidyEvery = 10_000

interface Queued {
  readonly id: string
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>> | null
  readonly body: Buffer | null
  readonly timeoutMs: number
}

/** What `net._http_response` keeps. */
interface Kept {
  readonly status?: number
  readonly contentType?: string | null
  readonly headers?: Readonly<Record<string, string>>
  readonly content?: string
  readonly timedOut: boolean
  readonly error?: string
}

export interface NetRequests {
  /** Sends what is queued, until nothing is. */
  send(): Promise<void>
  stop(): Promise<void>
}

/** pg_net's work: each queued request is sent once, and its answer kept. */
export function createNetRequests(database: EventsDatabase, worker: number, send: Send, observe: Observe): NetRequests {
  const underWay = new Set<Promise<void>>()
  let stopped = false
  let sending: Promise<void> | undefined
  let again = false

  async function sendAll(): Promise<void> {
    do {
      again = false
      const taken = stopped ? [] : await take(database, worker, atOnce - underWay.size)
      for (const request of taken) {
        const one = attempt(request).finally(() => underWay.delete(one))
        underWay.add(one)
      }
      if (taken.length > 0) again = true
      if (again && underWay.size >= atOnce) await Promise.race(underWay)
    } while (again && !stopped)
  }

  async function attempt(request: Queued): Promise<void> {
    try {
      await keep(database, request.id, await answerOf(request, send))
    } catch (error) {
      observe({ kind: 'message', level: 'warn', text: 'the answer to a request of SQL could not be kept', error })
    }
  }

  let troubled = false
  async function tidy(): Promise<void> {
    try {
      await answerAbandoned(database)
      await forgetOld(database)
      troubled = false
    } catch (error) {
      if (!troubled) observe({ kind: 'message', level: 'warn', text: 'requests of SQL cannot be looked after', error })
      troubled = true
    }
  }
  let tidying = tidy()
  const timer = setInterval(() => {
    tidying = tidying.then(tidy)
  }, tidyEvery)

  return {
    async send() {
      again = true
      sending ??= sendAll().finally(() => {
        sending = undefined
      })
      await sending
    },
    async stop() {
      stopped = true
      clearInterval(timer)
      await tidying
      await sending?.catch(() => {})
      await Promise.all(underWay)
    },
  }
}

/** Takes requests out of the queue, durably: no crash may have them sent twice. */
async function take({ db }: EventsDatabase, worker: number, limit: number): Promise<readonly Queued[]> {
  if (limit <= 0) return []
  const { rows } = await sql<Queued>`
    with taken as (
      delete from net.http_request_queue where id in (
        select id from net.http_request_queue order by id limit ${limit} for update skip locked
      ) returning *
    ), noted as (
      insert into portico.net_requests (id, claimed_by, claimed_until)
      select id, ${worker}, clock_timestamp() + make_interval(secs => timeout_milliseconds / 1000.0 + 60) from taken
    )
    select id::text as id, method, url, headers, body, timeout_milliseconds as "timeoutMs",
      set_config('synchronous_commit', 'on', true) from taken`.execute(db)
  return rows
}

async function keep({ db }: EventsDatabase, id: string, kept: Kept): Promise<void> {
  await sql`
    with gone as (delete from portico.net_requests where id = ${id} returning id)
    insert into net._http_response (id, status_code, content_type, headers, content, timed_out, error_msg)
    select id, ${kept.status ?? null}::integer, ${kept.contentType ?? null}::text,
      ${kept.headers ? JSON.stringify(kept.headers) : null}::jsonb, ${kept.content ?? null}::text,
      ${kept.timedOut}::boolean, ${kept.error ?? null}::text
    from gone`.execute(db)
}

/** Requests whose process ended: their one attempt was made, and nobody knows what came of it. */
async function answerAbandoned({ db }: EventsDatabase): Promise<void> {
  await sql`
    with gone as (delete from portico.net_requests where ${abandoned} returning id)
    insert into net._http_response (id, timed_out, error_msg)
    select id, false, 'Portico stopped while the request was under way' from gone`.execute(db)
}

/** pg_net keeps answers for six hours. */
async function forgetOld({ db }: EventsDatabase): Promise<void> {
  await sql`delete from net._http_response where created < clock_timestamp() - interval '6 hours'`.execute(db)
}

async function answerOf({ method, url, headers, body, timeoutMs }: Queued, send: Send): Promise<Kept> {
  try {
    const sent = new Headers(Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]))
    if (!sent.has('user-agent')) sent.set('user-agent', 'pg_net/0.14.0')
    const bytes = body === null ? null : Uint8Array.from(body)
    const outgoing = { method, url: new URL(url), headers: sent, body: bytes, timeoutMs, maxBytes: most }
    return answered(await send({ ...outgoing, trigger: 'net' }))
  } catch (error) {
    if (error instanceof DOMException && error.name === 'TimeoutError') {
      return { timedOut: true, error: `Timeout of ${timeoutMs} ms reached` }
    }
    return { timedOut: false, error: errorMessage(error).replaceAll('\0', '') }
  }
}

function answered({ status, headers, text, isCut }: Answer): Kept {
  if (isCut) return { timedOut: false, error: `The answer is larger than ${most} bytes` }
  return {
    status,
    contentType: headers.get('content-type'),
    headers: Object.fromEntries(headers),
    // Postgres keeps no NUL.
    content: text.replaceAll('\0', ''),
    timedOut: false,
  }
}
