import type { Bundle } from '../bundle/index.ts'
import type { FunctionDefinition } from '../definitions.ts'
import { Refusal } from '../refusals.ts'
import type { FunctionLimits, FunctionsConfig } from '../settings.ts'
import type { KnownBundles } from '../sources.ts'
import { createStarter, type Start } from './starter.ts'
import { createWaitingLine } from './waiting-line.ts'
import type { Work } from './work.ts'
import type { Worker } from './worker.ts'

/** A worker for the time of one request. */
export interface Lease {
  readonly worker: Worker
  /** Whether the request had to wait for the worker to start. */
  readonly cold: boolean
  /** Ends the lease, and with it the work, unless that was not served and may be elsewhere. */
  release(served?: boolean): void
}

/** Runs one function: decides which process serves a request. */
export interface Runner {
  /** How many processes serve it now. */
  readonly workers: number
  /** One without a wait, where a worker has room and nothing is to be built or started. */
  leaseNow(work: Work): Lease | undefined
  /**
   * @param departure aborted when the request needs no worker any more; asked for only where it has to wait
   * @throws {Refusal} when the function cannot be built or started, or all its workers stay busy
   */
  lease(work: Work, departure?: () => AbortSignal): Promise<Lease>
  close(): Promise<void>
}

export interface RunnerOptions {
  readonly definition: FunctionDefinition
  readonly bundles: KnownBundles
  /** Loads the function into a booted process. */
  readonly start: Start
  readonly policy: FunctionsConfig['edgeRuntime']['policy']
  readonly limits: Pick<FunctionLimits, 'workers' | 'concurrency' | 'queueMs'>
}

/** A worker, from before it has started until its last request is done. */
interface Slot {
  readonly version: string
  readonly started: Promise<Worker>
  worker: Worker | undefined
  inFlight: number
  closed: boolean
}

/**
 * Of the processes that a function may have: how many there may be together with those that take no further requests, and
 * still see to what they have. Background work goes on for minutes; each request might leave some.
 */
const withThoseLeaving = 2

/** A process that uses this much of one processor, with more than one request in flight, is a reason to start another. */
const busyLoad = 0.8

/**
 * `per_worker`: processes serve many requests at a time; another one starts when all are busy. `per_request`: one request
 * at a time. `oneshot`: one request in a process' life. In each, a new version of the function gets new processes, and
 * old ones finish what they have.
 */
export function createRunner({ definition, bundles, start, policy, limits }: RunnerOptions): Runner {
  const concurrency = policy === 'per_worker' ? limits.concurrency : 1
  const slots = new Set<Slot>()
  const line = createWaitingLine()
  const starter = createStarter(start, limits.queueMs)

  function open(bundle: Bundle): Slot {
    const slot: Slot = {
      version: bundle.version,
      started: starter.start(bundle),
      worker: undefined,
      inFlight: 0,
      closed: false,
    }
    slots.add(slot)
    slot.started.then(
      (worker) => {
        slot.worker = worker
        if (slot.closed) worker.retire('early_drop')
        void worker.ended.then(() => remove(slot))
      },
      () => remove(slot),
    )
    return slot
  }

  function remove(slot: Slot): void {
    slot.closed = true
    if (slots.delete(slot)) line.next()
  }

  function isOpen(slot: Slot): boolean {
    return !slot.closed && slot.worker?.open !== false
  }

  /** The least busy worker of this version that takes one more request; a new one where there is none and may be one. */
  function choose(bundle: Bundle): Slot | undefined {
    let best: Slot | undefined
    let count = 0
    for (const slot of slots) {
      if (slot.version !== bundle.version && !slot.closed) {
        slot.closed = true
        slot.worker?.retire('early_drop')
      }
      // One that serves its only request is closed to others, and counts until it has.
      if (isOpen(slot) || (policy === 'oneshot' && slot.inFlight > 0)) count += 1
      if (!isOpen(slot)) continue
      if (slot.inFlight < concurrency && (best === undefined || slot.inFlight < best.inFlight)) best = slot
    }
    const mayOpen = count < limits.workers && slots.size < limits.workers * withThoseLeaving
    if (best === undefined) return mayOpen ? open(bundle) : undefined
    if (mayOpen && isBusy(best)) open(bundle)
    return best
  }

  function isBusy({ inFlight, worker }: Slot): boolean {
    if (worker === undefined || inFlight < 2 || worker.load <= busyLoad) return false
    for (const slot of slots) if (slot.worker === undefined) return false
    return true
  }

  function leave(slot: Slot): void {
    slot.inFlight -= 1
    line.next()
  }

  function leaseOf(slot: Slot, worker: Worker, work: Work, cold: boolean): Lease {
    worker.enter(work)
    if (policy === 'oneshot') slot.closed = true
    return {
      worker,
      cold,
      release(served = true) {
        worker.leave(work, served)
        if (policy === 'oneshot') worker.retire('early_drop')
        leave(slot)
      },
    }
  }

  return {
    get workers() {
      return slots.size
    },
    leaseNow(work) {
      const bundle = bundles.known(definition)
      const slot = bundle && choose(bundle)
      if (slot?.worker === undefined) return undefined
      slot.inFlight += 1
      return leaseOf(slot, slot.worker, work, false)
    },
    async lease(work, departure) {
      const bundle = await bundles.get(definition)
      let slot = choose(bundle)
      const until = performance.now() + limits.queueMs
      while (slot === undefined) {
        await line.wait(until, departure?.())
        slot = choose(bundle)
      }
      const cold = slot.worker === undefined
      slot.inFlight += 1
      try {
        return leaseOf(slot, slot.worker ?? (await slot.started), work, cold)
      } catch (error) {
        leave(slot)
        throw error
      }
    },
    async close() {
      starter.close()
      line.close(new Refusal('RUNTIME_UNAVAILABLE'))
      const workers = [...slots].map((slot) => slot.started.then((worker) => worker.stop()).catch(() => {}))
      await Promise.all(workers)
    },
  }
}
