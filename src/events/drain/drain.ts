import { setTimeout as sleep } from 'node:timers/promises'
import { continued, type Observe, traced } from '#observe'
import type { EventsDatabase } from '../database.ts'
import { claim, createSettle, createSettled, type LoggedEvent, nextDue, type Outcome } from '../log/index.ts'

/** How many events of a lane are under way at once in this process, and how many are claimed for it. */
const perLane = 6
const claimed = 12
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
  async function claimTurn(lane: number, after: string, limit: number): Promise<readonly LoggedEvent[]> {
    const some = async (from: string, wanted: number) =>
      wanted > 0 ? await claim(database, { worker, lane, after: from, limit: wanted, settled: settled.known }) : []
    const first = await some(after, limit)
    const events = [...first, ...(after === '' ? [] : await some('', limit - first.length))]
    // Whether overlapping transactions have ended is asked only where nothing else is to be had.
    const isNews = events.length < limit && (await settled.advance())
    return isNews ? [...events, ...(await some('', limit - events.length))] : events
  }

  async function drainLane(lane: number, nudged: () => Promise<void>): Promise<void> {
    const ready: LoggedEvent[] = []
    const underWay = new Set<Promise<void>>()
    const closed = new Promise((resolve) => closing.signal.addEventListener('abort', resolve, { once: true }))
    let after = ''
    let unsettled = 0
    try {
      while (!closing.signal.aborted) {
        // Taken before looking, so that what comes in between is not missed.
        const news = nudged()
        const held = ready.length + underWay.size
        if (held <= claimed / 2) {
          const events = await claimTurn(lane, after, claimed - held)
          ready.push(...events)
          after = events.at(-1)?.key ?? ''
          if (events.length > 0) unsettled = 0
        }
        for (const event of ready.splice(0, perLane - underWay.size)) {
          const delivery = deliver(event).finally(() => underWay.delete(delivery))
          underWay.add(delivery)
          delivery.catch(() => {})
        }
        if (underWay.size > 0) {
          await Promise.race([news, closed, ...underWay])
          continue
        }
        const { inMs, overlapping } = await nextDue(database, lane)
        if (inMs === undefined) return
        if (inMs > patience) return await wakeLater(lane, new Date(Date.now() + inMs))
        // What is due and was not to be had waits for a transaction, or was taken at this moment.
        const pause = inMs > 0 ? inMs : Math.min(overlapping ? 20 * 2 ** unsettled++ : 20, 1000)
        await Promise.race([news, sleep(pause, undefined, { signal: closing.signal }).catch(() => {})])
      }
    } finally {
      await Promise.allSettled([...underWay, ...ready.map((event) => settle(event, { kind: 'abandoned' }))])
    }
  }

  return {
    async drain(lane) {
      if (running.get(lane)) return running.get(lane)?.nudge()
      let news = Promise.withResolvers<void>()
      let isNudged = false
      const nudged = () => {
        isNudged = false
        news = Promise.withResolvers()
        return news.promise
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
