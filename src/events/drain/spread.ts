import type { Observe } from '#observe'
import type { EventsDatabase } from '../database.ts'
import type { Presence } from '../presence.ts'
import type { Runner } from './runner.ts'

/** Has lanes drained by whichever process of the database has time for it. */
export interface Spread extends Runner {
  /** Finds out whether there are other processes. */
  look(): Promise<void>
}

/** How long, in milliseconds, until a drain that failed is tried again, and the longest that one waits for a retry. */
const again = 1000
const longest = 60_000

/**
 * As long as this process is the only one that works on the log, it drains by itself. With the first other one
 * graphile-worker is loaded, which spreads the work over all of them; not behind a pooler, which would keep from it
 * what it listens to: there, all look for themselves, and claims see to the rest.
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
    // What is due much later is found by whoever looks for pending lanes.
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
