import type { Bundle, Bundles } from '../bundle/index.ts'
import type { FunctionDefinition } from '../definitions.ts'
import type { FunctionLimits, FunctionsConfig } from '../settings.ts'
import type { FunctionLog } from './function-log.ts'
import type { MemoryWatch } from './memory-watch.ts'
import { startWorker, type Worker } from './worker.ts'
import type { Zygotes } from './zygotes.ts'

/** A worker for the time of one request. */
export interface Lease {
  readonly worker: Worker
  /** Whether the request had to wait for the worker to start. */
  readonly cold: boolean
  release(): void
}

/** Runs one function: decides which process serves a request. */
export interface Runner {
  /** @throws {Refusal} when the function cannot be built or started */
  lease(): Promise<Lease>
  close(): Promise<void>
}

export interface RunnerOptions {
  readonly definition: FunctionDefinition
  readonly bundles: Bundles
  readonly zygotes: Zygotes
  readonly environment: (bundle: Bundle) => Promise<Readonly<Record<string, string>>>
  readonly policy: FunctionsConfig['edgeRuntime']['policy']
  readonly limits: FunctionLimits
  readonly log: FunctionLog
  readonly memory: MemoryWatch
}

/**
 * `per_worker`: one process at a time, replaced when the bundle changes (the old one finishes what it has), when it
 * is gone, or when it was retired. `oneshot` and `per_request`: one process a request.
 */
export function createRunner({ definition, bundles, zygotes, environment, policy, ...options }: RunnerOptions): Runner {
  const workers = new Set<Worker>()
  let current: { readonly version: string; readonly started: Promise<Worker>; worker?: Worker } | undefined

  async function start(bundle: Bundle): Promise<Worker> {
    const env = await environment(bundle)
    const process = await zygotes.take()
    const worker = await startWorker(process, { bundle, env, ...options })
    workers.add(worker)
    void worker.ended.then(() => workers.delete(worker))
    zygotes.fill()
    return worker
  }

  /** The worker that serves everybody, started if there is none of this version. */
  function shared(bundle: Bundle): NonNullable<typeof current> {
    const usable = current?.version === bundle.version && current.worker?.open !== false
    if (current !== undefined && usable) return current
    void current?.started.then(
      (old) => old.retire(),
      () => {},
    )
    const next: NonNullable<typeof current> = { version: bundle.version, started: start(bundle) }
    current = next
    next.started.then(
      (worker) => {
        next.worker = worker
      },
      () => {
        if (current === next) current = undefined
      },
    )
    return next
  }

  return {
    async lease() {
      const bundle = await bundles.get(definition)
      if (policy !== 'per_worker') {
        const worker = await start(bundle)
        const leave = worker.enter()
        worker.retire()
        return { worker, cold: true, release: leave }
      }
      const slot = shared(bundle)
      const cold = slot.worker === undefined
      const worker = await slot.started
      return { worker, cold, release: worker.enter() }
    },
    async close() {
      await current?.started.catch(() => {})
      await Promise.all([...workers].map((worker) => worker.stop()))
    },
  }
}
