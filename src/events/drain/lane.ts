import type { EventsDatabase } from '../database.ts'
import { claim, type LoggedEvent, nextDue, type Outcome, type Settled } from '../log/index.ts'
import { createBell } from './bell.ts'
import { createHold, type Hold } from './hold.ts'

/** Milliseconds between two looks for events that have become due while others are under way. */
const lookEvery = 1000
/** Milliseconds: an event that is due sooner is waited for; for a later one the lane ends, to be woken again. */
const patience = 5000

export interface LaneOptions {
  readonly database: EventsDatabase
  readonly worker: number
  readonly settled: Settled
  /** Makes an attempt at an event, and settles what came of it. */
  readonly deliver: (event: LoggedEvent) => Promise<void>
  /** Settles an event that no attempt was made at. */
  readonly settle: (event: LoggedEvent, outcome: Outcome) => Promise<unknown>
  /** Has the lane drained again at a time. */
  readonly wakeLater: (lane: number, at: Date) => Promise<void>
  /** Nothing is claimed any more once it is aborted. */
  readonly closing: AbortSignal
}

/** A lane while it is drained. */
export interface Lane {
  /** Has the lane look again: there is something new, or it is to end. */
  nudge(): void
  /** Whether it was nudged and has not looked since. */
  readonly isNudged: boolean
  /** Delivers what is due, until nothing is for a while. */
  drain(): Promise<void>
}

/** Drains a lane of the log: the heads of its keys side by side, the events of one key one after the other. */
export function createLane(lane: number, options: LaneOptions): Lane {
  const { database, worker, settled, deliver, settle, wakeLater, closing } = options
  const bell = createBell()
  let isNudged = false

  /** Claims the next heads in the order of their keys, and begins again with the first key after the last one: keys take turns. */
  async function claimTurn(after: string, hold: Hold): Promise<readonly LoggedEvent[]> {
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

  async function drain(): Promise<void> {
    const hold = createHold()
    const underWay = new Set<Promise<void>>()
    let after = ''
    let unsettled = 0
    let looked = Number.NEGATIVE_INFINITY
    let isWorthALook = true

    function begin(event: LoggedEvent): void {
      const delivery = deliver(event).finally(() => {
        underWay.delete(delivery)
        if (hold.end(event)) isWorthALook = true
        bell.ring()
      })
      underWay.add(delivery)
      delivery.catch(() => {})
    }

    try {
      while (!closing.aborted) {
        // Taken before looking, so that what comes in between is not missed.
        const { rung } = bell
        if (isNudged) isWorthALook = true
        isNudged = false
        if (isWorthALook || performance.now() - looked >= lookEvery) {
          const { room } = hold
          const events = await claimTurn(after, hold)
          hold.add(events)
          after = events.at(-1)?.key ?? ''
          if (events.length > 0) unsettled = 0
          isWorthALook = events.length >= room
          looked = performance.now()
        }
        for (const event of hold.begin()) begin(event)
        if (isWorthALook) continue
        if (underWay.size > 0) {
          await bell.within(rung, lookEvery)
          continue
        }
        const { inMs, overlapping } = await nextDue(database, lane)
        if (inMs === undefined) return
        if (inMs > patience) return await wakeLater(lane, new Date(Date.now() + inMs))
        // What is due and was not to be had waits for a transaction, or was taken at this moment.
        await bell.within(rung, inMs > 0 ? inMs : Math.min(overlapping ? 20 * 2 ** unsettled++ : 20, 1000))
        isWorthALook = true
      }
    } finally {
      await Promise.allSettled([...underWay, ...hold.ready.map((event) => settle(event, { kind: 'abandoned' }))])
    }
  }

  return {
    nudge() {
      isNudged = true
      bell.ring()
    },
    get isNudged() {
      return isNudged
    },
    drain,
  }
}
