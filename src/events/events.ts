import type { Scheduler } from './cron/index.ts'
import { openEventsDatabase } from './database.ts'
import type { Engine } from './engine.ts'
import type { NetRequests } from './net/index.ts'
import type { EventsOptions } from './options.ts'
import type { Sender } from './outbound/index.ts'
import type { Presence } from './presence.ts'

/** How often, in milliseconds, to look where no notification arrives. */
const pollEvery = 2000

/** The event log of a database: webhooks, cron jobs and the requests of pg_net. */
export interface Events {
  /** Looks for what is there already, and from then on sees to whatever comes. Meant for when all else is ready. */
  start(): Promise<void>
  /** Ends what is under way, and leaves the rest in the log. */
  close(): Promise<void>
}

/**
 * Sees to the event log. Until there is an event, a job or a request, this is one listener: what delivers them is
 * loaded when the first one comes.
 */
export function createEvents(options: EventsOptions): Events {
  const { connections, listener, observe } = options
  const database = openEventsDatabase(connections, observe)
  let closed = false
  let poll: NodeJS.Timeout | undefined

  const sender = once(async (): Promise<Sender> => {
    const { createSend } = await import('./outbound/index.ts')
    return createSend(options)
  })
  const presence = once(async (): Promise<Presence> => {
    const { bePresent } = await import('./presence.ts')
    return await bePresent(database, connections.for('supabase_admin'))
  })
  const engine = once(async (): Promise<Engine> => {
    const { startEngine } = await import('./engine.ts')
    return await startEngine(options, database, await presence(), (await sender()).send)
  })
  const scheduler = once(async (): Promise<Scheduler> => {
    const { startScheduler } = await import('./cron/index.ts')
    return startScheduler(database, await presence(), observe)
  })
  const requests = once(async (): Promise<NetRequests> => {
    const { createNetRequests } = await import('./net/index.ts')
    return await createNetRequests(database, (await presence()).worker, (await sender()).send, observe)
  })

  /** Whether there is anything to do, by kind. */
  async function whatThereIs() {
    const { rows } = await database.pool.query<{ events: boolean; cron: boolean; net: boolean }>(`
      select exists (select from portico.events where state = 'pending') as events,
        to_regprocedure('cron._check_job()') is not null as cron,
        to_regprocedure('net._enqueue(text, text, jsonb, jsonb, bytea, integer)') is not null as net`)
    const { events = false, cron = false, net = false } = rows[0] ?? {}
    return {
      events,
      cron: cron && (await holds('cron.job where active')),
      net: net && ((await holds('net.http_request_queue')) || (await holds('portico.net_requests'))),
    }
  }

  async function holds(table: string): Promise<boolean> {
    const { rows } = await database.pool.query<{ any: boolean }>(`select exists (select from ${table}) as any`)
    return rows[0]?.any ?? false
  }

  let looking: Promise<void> | undefined
  async function look(): Promise<void> {
    const there = await whatThereIs()
    if (closed) return
    if (there.cron || scheduler.made) (await scheduler()).reload()
    if (there.events) await (await engine()).wake()
    if (there.net) await (await requests()).send()
  }

  const troubled = new Set<string>()
  const absent = new Set<string>()
  /** What fails is told once, and tried again with the next look. */
  async function guard(what: string, work: () => Promise<void>): Promise<void> {
    if (closed) return
    try {
      await work()
      troubled.delete(what)
      absent.delete(what)
    } catch (error) {
      if (closed) return
      // A database that is being made anew has no tables for a moment.
      const isAnew = isMissing(error) && !absent.has(what)
      if (isAnew) absent.add(what)
      else if (!troubled.has(what))
        observe({ kind: 'message', level: 'warn', text: `${what} cannot be seen to`, error })
      if (!isAnew) troubled.add(what)
      setTimeout(() => void lookAgain(), pollEvery).unref()
    }
  }

  function lookAgain(): Promise<void> {
    looking ??= guard('the event log', look).finally(() => {
      looking = undefined
    })
    return looking
  }

  return {
    async start() {
      listener?.listen('portico_events', (lane) =>
        lane === undefined ? void lookAgain() : void guard('events', async () => (await engine()).wake(Number(lane))),
      )
      listener?.listen('portico_net', (payload) => {
        if (payload !== undefined) void guard('requests of SQL', async () => (await requests()).send())
      })
      listener?.listen('portico_cron', (payload) => {
        if (payload !== undefined) void guard('cron jobs', async () => (await scheduler()).reload())
      })
      poll = setInterval(() => {
        if (!listener?.hears) void lookAgain()
      }, pollEvery)
      await lookAgain()
    },
    async close() {
      closed = true
      clearInterval(poll)
      await looking?.catch(() => {})
      await (await scheduler.made)?.stop()
      await Promise.all([(await engine.made)?.stop(), (await requests.made)?.stop()])
      await (await presence.made)?.close()
      await (await sender.made)?.close()
      await database.close()
    },
  }
}

/** That there is no such table, or no such schema. */
function isMissing(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  return code === '42P01' || code === '3F000'
}

/** Made when first asked for; asked again if that failed. `made` is what is there of it, without making it. */
function once<T>(make: () => Promise<T>): { (): Promise<T>; readonly made: Promise<T | undefined> | undefined } {
  let made: Promise<T> | undefined
  const get = () => {
    made ??= make().catch((error) => {
      made = undefined
      throw error
    })
    return made
  }
  return Object.defineProperty(get, 'made', { get: () => made?.catch(() => undefined) }) as never
}
