import type { Dispatcher } from 'undici'
import type { Bundle } from '../bundle/index.ts'
import { Refusal } from '../refusals.ts'
import type { FunctionLimits } from '../settings.ts'
import type { DenoProcess, ProcessEnd } from './deno-process.ts'
import type { FunctionLog } from './function-log.ts'
import type { MemoryWatch } from './memory-watch.ts'

/** One process that serves one function. */
export interface Worker {
  readonly version: string
  /** Whether it takes further requests. */
  readonly open: boolean
  readonly dispatcher: Dispatcher
  readonly ended: Promise<Ending>
  /** Counts one request in; the function returned counts it out. */
  enter(): () => void
  /** No further requests; it leaves when those in flight and its background work are done. */
  retire(): void
  stop(): Promise<void>
}

/** Why a worker is gone: it was asked to leave, it took too much memory, or its code ended it. */
type Ending = 'stopped' | 'memory' | 'crashed'

export interface WorkerOptions {
  readonly bundle: Bundle
  readonly env: Readonly<Record<string, string>>
  readonly limits: FunctionLimits
  readonly log: FunctionLog
  readonly memory: MemoryWatch
}

// Deno aborts with one of these when V8's heap is full.
const heapFull: readonly (string | null)[] = ['SIGTRAP', 'SIGABRT', 'SIGILL']

// A retired worker's last response may overtake, on its way here, the word that background work goes on.
const graceMs = 50

/**
 * Loads a function into a booted process.
 *
 * @throws {Refusal} WORKER_ERROR when its module throws or ends the process, WORKER_LIMIT when it takes too much
 *   memory, BOOT_ERROR when no handler is there in time
 */
export async function startWorker(process: DenoProcess, options: WorkerOptions): Promise<Worker> {
  const { bundle, env, limits, log, memory } = options
  const { Pool } = await import('undici')
  const megabytes = Math.round(limits.memoryBytes / 1024 / 1024)
  const booted = Promise.withResolvers<void>()
  let open = true
  let inFlight = 0
  let background = false
  let ending: Ending | undefined
  let linger: NodeJS.Timeout | undefined

  const dispatcher = new Pool('http://localhost', {
    socketPath: process.socket,
    connections: 256,
    pipelining: 1,
    keepAliveTimeout: 600_000,
    // The limits are the caller's: they end the process' part in a request, not only the connection.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  const unwatch = memory.watch(process.pid, limits.memoryBytes, () => {
    ending = 'memory'
    process.kill()
  })
  const ended = process.ended.then((end) => {
    open = false
    clearTimeout(linger)
    unwatch()
    ending ??= endingOf(end)
    if (ending === 'memory') log('error', `The worker used more than its ${megabytes} MB of memory and was stopped`)
    if (ending === 'crashed') log('error', `The worker exited (${end.signal ?? `code ${end.code}`})`)
    void dispatcher.destroy()
    booted.reject(new Refusal(ending === 'memory' ? 'WORKER_LIMIT' : 'WORKER_ERROR'))
    return ending
  })

  const worker: Worker = {
    version: bundle.version,
    get open() {
      return open
    },
    dispatcher,
    ended,
    enter() {
      inFlight += 1
      clearTimeout(linger)
      return () => {
        inFlight -= 1
        settle()
      }
    },
    retire() {
      open = false
      settle()
    },
    async stop() {
      open = false
      ending ??= 'stopped'
      await process.stop()
    },
  }

  /** Decides how long a worker without requests stays. */
  function settle(): void {
    clearTimeout(linger)
    if (inFlight > 0 || ending !== undefined) return
    const patience = background ? limits.wallMs : open ? limits.idleMs : graceMs
    linger = setTimeout(() => void worker.stop(), patience)
    linger.unref()
  }

  process.listen({
    record(record) {
      if (record.type === 'log') log(record.level, record.message)
      else if (record.type === 'ready') booted.resolve()
      else if (record.type === 'threw') {
        log('error', record.message)
        booted.reject(new Refusal('WORKER_ERROR', { details: record.message }))
      } else if (record.type === 'background') {
        background = record.busy
        settle()
      }
    },
    text: (text, stream) => log(stream === 'stdout' ? 'info' : 'error', text),
  })
  process.assign({ entry: bundle.entry, env })

  const late = setTimeout(() => {
    const details = `No handler within ${limits.bootMs / 1000} s: call Deno.serve, or export default { fetch }`
    log('error', details)
    booted.reject(new Refusal('BOOT_ERROR', { details }))
  }, limits.bootMs)
  try {
    await booted.promise
    return worker
  } catch (error) {
    await worker.stop()
    throw error
  } finally {
    clearTimeout(late)
  }
}

function endingOf({ signal, code }: ProcessEnd): Ending {
  return heapFull.includes(signal) || code === 133 || code === 134 ? 'memory' : 'crashed'
}
