import { setTimeout as delay } from 'node:timers/promises'
import type { Bundle } from '../bundle/index.ts'
import { Refusal } from '../refusals.ts'
import { createRestraint, longestSeconds, type Restraint } from './restraint.ts'
import type { Worker } from './worker.ts'

export type Start = (bundle: Bundle) => Promise<Worker>

/** Starts the processes of one function, later where those of the same version have ended by themselves too often. */
export interface Starter {
  /** @throws {Refusal} WORKER_BUSY where too many others wait for a start */
  readonly start: Start
  /** Who waits for a start is refused. */
  close(): void
}

/** @param queueMs how long a start may wait behind others */
export function createStarter(start: Start, queueMs: number): Starter {
  const closing = new AbortController()
  let current: { readonly version: string; readonly restraint: Restraint } | undefined

  function restraintOf({ version }: Bundle): Restraint {
    if (current?.version !== version) current = { version, restraint: createRestraint() }
    return current.restraint
  }

  return {
    async start(bundle) {
      const restraint = restraintOf(bundle)
      const wait = restraint.turn(Math.max(queueMs, longestSeconds * 1000))
      if (wait === undefined) throw new Refusal('WORKER_BUSY')
      if (wait > 0) await delay(wait, undefined, closing).catch(() => {})
      if (closing.signal.aborted) throw new Refusal('RUNTIME_UNAVAILABLE')
      try {
        const worker = await start(bundle)
        void worker.ended.then((how) => how !== 'stopped' && restraint.ended(worker))
        return worker
      } catch (error) {
        restraint.ended({ answered: false })
        throw error
      }
    },
    close: () => closing.abort(),
  }
}
