import type { Observe } from '#observe'
import type { EventsDatabase } from '../database.ts'
import type { Presence } from '../presence.ts'
import type { Runner } from './runner.ts'

/** Spreads the lanes over all processes that work on this database. */
export interface Spread extends Runner {
  /** Finds out whether there are other processes. */
  look(): Promise<void>
}

/** Milliseconds until a drain that failed is tried again. */
const again = 1000
/** The longest that a lane waits for a retry, in milliseconds: what is due later is found by whoever looks for pending lanes. */
const longest = 60_000

/**
 * A process that is alone drains all lanes by itself. With the first other one graphile-worker is loaded, which spreads them. Not
 * behind a pooler, through which graphile-worker would hear no notification: there every process drains all lanes, and the claims
 * see to it that each event is one process'.
 */
export function createSpread(
  database: EventsDatabase,
  presence: Presence,
  drain: (lane: number) => Promise<void>,
  observe: Observe,
): Spread {
  const timers = new Map<number, NodeJS.Timeout>()
  let isAlone: Promise<boolean> | undefined
  let runner: Promise<Runner> | undefined
  let stopped = false

  async function shared(): Promise<Runner | undefined> {
    isAlone ??= presence.isAlone().catch((error) => {
      isAlone = undefined
      throw error
    })
    if (!runner && (await isAlone)) return undefined
    runner ??= import('./runner.ts')
      .then(({ startRunner }) => startRunner(database, drain, observe))
      .catch((error) => {
        runner = undefined
        throw error
      })
    return await runner
  }

  function here(lane: number): void {
    drain(lane).catch(() => later(lane, again))
  }

  function later(lane: number, ms: number): void {
    clearTimeout(timers.get(lane))
    if (stopped) return
    timers.set(
      lane,
      setTimeout(() => here(lane), Math.min(ms, longest)),
    )
  }

  return {
    async wake(lane) {
      const others = await shared()
      if (others) await others.wake(lane)
      else here(lane)
    },
    async wakeLater(lane, at) {
      const others = await shared()
      if (others) await others.wakeLater(lane, at)
      else later(lane, at.getTime() - Date.now())
    },
    async look() {
      isAlone = undefined
      await shared()
    },
    async stop() {
      stopped = true
      for (const timer of timers.values()) clearTimeout(timer)
      await (await runner?.catch(() => undefined))?.stop()
    },
  }
}
