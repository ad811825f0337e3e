import { continued, type Observe, traced } from '#observe'
import { createSettle, createSettled, type LoggedEvent, type Outcome } from '../log/index.ts'
import { createLane, type Lane, type LaneOptions } from './lane.ts'

/** How long, in milliseconds, what is under way may take to end when the backend stops. */
const grace = 3000

export interface DrainOptions extends Pick<LaneOptions, 'database' | 'worker' | 'wakeLater'> {
  /** Makes one attempt. Never throws. */
  readonly attempt: (event: LoggedEvent, stopping: AbortSignal) => Promise<Outcome>
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

/** Drains lanes of the log, and says what comes of each attempt. */
export function createDrain({ database, worker, attempt, wakeLater, observe }: DrainOptions): Drain {
  const settled = createSettled(database)
  const running = new Map<number, { readonly lane: Lane; readonly done: Promise<void> }>()
  /** Nothing is claimed any more; then what is under way is given up. */
  const closing = new AbortController()
  const stopping = new AbortController()
  const settle = createSettle(database, worker, stopping.signal)
  const options = { database, worker, settled, deliver, settle, wakeLater, closing: closing.signal }

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

  return {
    async drain(number) {
      const known = running.get(number)
      if (known) return known.lane.nudge()
      const lane = createLane(number, options)
      const drainAll = async () => {
        try {
          // Who was told that a drain runs counts on it, though it had looked for the last time already.
          do await lane.drain()
          while (lane.isNudged && !closing.signal.aborted)
        } finally {
          running.delete(number)
        }
      }
      const done = drainAll()
      running.set(number, { lane, done: done.catch(() => {}) })
      await done
    },
    nudge(number) {
      running.get(number)?.lane.nudge()
      return running.has(number)
    },
    async stop() {
      closing.abort()
      for (const { lane } of running.values()) lane.nudge()
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
