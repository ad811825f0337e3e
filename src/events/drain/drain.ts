import { setTimeout as sleep } from 'node:timers/promises'
import { continued, type Observe, traced } from '#observe'
import type { EventsDatabase } from '../database.ts'
import { claim, createSettle, createSettled, type LoggedEvent, nextDue, type Outcome } from '../log/index.ts'
import { createHold, type Hold } from './hold.ts'

/** How often, in milliseconds, to look for what has become due while other events are under way. */
const lookEvery = 1000
/** What is due sooner than this, in milliseconds, is waited for; later events have a job wake the lane. */
const patience = 5000
/** How long, in milliseconds, what is under way may take to end when the backend stops. */
const grace = 3000

export interface DrainOptions {
  readonly database: EventsDatabase
  readonly worker: number
  /** Makes one attempt. Never throws. */
  readonly attempt: (event: LoggedEvent, stopping: AbortSignal) => Promise<Outcome>
  /** Has the lane drained again at a time. */
  readonly wakeLater: (lane: number, at: Date) => Promise<void>
  readonly observe: Observe
}

export interface Drain {
  /** Delivers what is due in a lane, until nothing is for a while. */
  drain(lane: number): Promise<void>
  /** Tells a drain of the lane that there is something new; false if none runs here. */
  nudge(lane: number): boolean
  /** Claims nothing more, and gives what is under way a moment. */
  stop(): Promise<void>
}

/** Whether a drain was told of something new since it last asked, and what resolves when it is told the next time. */
interface Nudges {
  readonly came: boolean
  readonly news: Promise<void>
}

/** Drains lanes of the log: the heads of keys at once, each key's events one after the other. */
export function createDrain({ database, worker, attempt, wakeLater, observe }: DrainOptions): Drain {
  const settled = createSettled(database)
  const running = new Map<number, { nudge: () => void; readonly done: Promise<void> }>()
  /** Nothing is claimed any more; then what is under way is given up. */
  const closing = new AbortController()
  const stopping = new AbortController()
  const settle = createSettle(database, worker, stopping.signal)

  async function deliver(event: LoggedEvent): Promise<void> {
    const begin = performance.now()
    const outcome = await traceOf(event, () => attempt(event, stopping.signal))
    const state = await settle(event, outcome)
    if (state === undefined || outcome.kind === 'abandoned') return
    const { name, source, attempt: count } = event
    observe({ kind: 'event', source, name, state, attempt: count, ms: performance.now() - begin })
    if (state !== 'dead') return
    const text = `The event ${event.id} of ${name} is dead after ${count} attempts; portico events dead lists it`
    observe({ kind: 'message', level: 'error', text })
  }

  /** The keys take turns: after the last one it begins again with the first. */
  async function claimTurn(lane: number, after: string, hold: Hold): Promise<readonly LoggedEvent[]> {
    const { room: limit, served: without } = hold
    const some = async (from: string, wanted: number) =>
      wanted > 0
        ? await claim(database, { worker, lane, after: from, limit: wanted, without, settled: settled.known })
        : []
    const first = await some(after, limit)
    const events = [...first, ...(after === '' ? [] : await some('', limit - first.length))]
    // Whether overlapping transactions have ended is asked only where nothing else is to be had.
    const isNews = events.length < limit && (await settled.advance())
    return isNews ? [...events, ...(await some('', limit - events.length))] : events
  }

  async function drainLane(lane: number, nudged: () => Nudges): Promise<void> {
    const hold = createHold()
    const underWay = new Set<Promise<void>>()
    const closed = new Promise((resolve) => closing.signal.addEventListener('abort', resolve, { once: true }))
    let after = ''
    let unsettled = 0
    let looked = Number.NEGATIVE_INFINITY
    let isWorthALook = true

    function begin(event: LoggedEvent): void {
      const delivery = deliver(event).finally(() => {
        underWay.delete(delivery)
        if (hold.end(event)) isWorthALook = true
      })
      underWay.add(delivery)
      delivery.catch(() => {})
    }

    try {
      while (!closing.signal.aborted) {
        // Taken before looking, so that what comes in between is not missed.
        const { came, news } = nudged()
        if (came) isWorthALook = true
        if (hold.room > 0 && (isWorthALook || performance.now() - looked >= lookEvery)) {
          const { room } = hold
          const events = await claimTurn(lane, after, hold)
          hold.add(events)
          after = events.at(-1)?.key ?? ''
          if (events.length > 0) unsettled = 0
          isWorthALook = events.length >= room
          looked = performance.now()
        }
        for (const event of hold.begin()) begin(event)
        if (isWorthALook && hold.room > 0) continue
        if (underWay.size > 0) {
          const quiet = new AbortController()
          const later = sleep(lookEvery, undefined, quiet).catch(() => {})
          await Promise.race([news, closed, later, ...underWay])
          quiet.abort()
          continue
        }
        const { inMs, overlapping } = await nextDue(database, lane)
        if (inMs === undefined) return
        if (inMs > patience) return await wakeLater(lane, new Date(Date.now() + inMs))
        // What is due and was not to be had waits for a transaction, or was taken at this moment.
        const pause = inMs > 0 ? inMs : Math.min(overlapping ? 20 * 2 ** unsettled++ : 20, 1000)
        await Promise.race([news, sleep(pause, undefined, { signal: closing.signal }).catch(() => {})])
        isWorthALook = true
      }
    } finally {
      await Promise.allSettled([...underWay, ...hold.ready.map((event) => settle(event, { kind: 'abandoned' }))])
    }
  }

  return {
    async drain(lane) {
      if (running.get(lane)) return running.get(lane)?.nudge()
      let news = Promise.withResolvers<void>()
      let isNudged = false
      const nudged = () => {
        const came = isNudged
        isNudged = false
        news = Promise.withResolvers()
        return { came, news: news.promise }
      }
      const nudge = () => {
        isNudged = true
        news.resolve()
      }
      const drainAll = async () => {
        try {
          // Who was told that a drain runs counts on it, though it had looked for the last time already.
          do await drainLane(lane, nudged)
          while (isNudged && !closing.signal.aborted)
        } finally {
          running.delete(lane)
        }
      }
      const done = drainAll()
      running.set(lane, { nudge, done: done.catch(() => {}) })
      await done
    },
    nudge(lane) {
      running.get(lane)?.nudge()
      return running.has(lane)
    },
    async stop() {
      closing.abort()
      const patience = setTimeout(() => stopping.abort(), grace)
      await Promise.all([...running.values()].map(({ done }) => done))
      clearTimeout(patience)
    },
  }
}

/** Makes an attempt as part of the trace that the event's cause was. */
function traceOf<T>({ id, name, source, attempt, traceparent }: LoggedEvent, work: () => Promise<T>): Promise<T> {
  const attributes = { 'messaging.message.id': id, 'portico.source': source, 'portico.attempt': attempt }
  return continued({ traceparent: traceparent ?? undefined }, () =>
    traced(`event ${name}`, { kind: 'consumer', attributes }, work),
  )
}
