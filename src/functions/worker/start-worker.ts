import { setTimeout as delay } from 'node:timers/promises'
import { adaptedModules, type Bundle } from '../bundle/index.ts'
import { Refusal } from '../refusals.ts'
import type { FunctionLimits } from '../settings.ts'
import type { Debt } from './debt.ts'
import type { DenoProcess, ProcessEnd } from './deno-process.ts'
import type { FunctionLog } from './function-log.ts'
import type { UsageWatch } from './usage-watch.ts'
import { watchFiles } from './watch-files.ts'
import type { Work } from './work.ts'
import { type Ending, type Excess, isExcess, type UnloadReason, type Worker } from './worker.ts'

export interface WorkerOptions {
  readonly bundle: Bundle
  readonly env: Readonly<Record<string, string>>
  readonly limits: FunctionLimits
  readonly log: FunctionLog
  readonly usage: UsageWatch
  /** The function's own. */
  readonly debt: Debt
  /** Asked for each stretch of work that goes on without a request. */
  readonly background: () => Work
}

// Deno aborts with one of these when V8's heap is full.
const heapFull: readonly (string | null)[] = ['SIGTRAP', 'SIGABRT', 'SIGILL']

// A retired worker's last response may overtake, on its way here, the word that background work goes on.
const graceMs = 50

/**
 * Loads a function into a booted process.
 *
 * @throws {Refusal} WORKER_ERROR when its module throws or ends the process, WORKER_LIMIT when it takes too much
 *   memory or time, BOOT_ERROR when no handler is there in time
 */
export async function startWorker(process: DenoProcess, options: WorkerOptions): Promise<Worker> {
  const { bundle, env, limits, log, usage, debt } = options
  // First: it loads while all else is made ready here. Nothing of what it says is missed, for that is read later.
  process.assign({ entry: bundle.entry, folder: bundle.folder, adapted: adaptedModules(new URL(bundle.entry)), env })
  const allowed = {
    memory: `${megabytes(limits.memoryBytes)} of memory`,
    cpu: `${limits.cpuHardMs} ms of processor time`,
    files: `${megabytes(limits.temporaryBytes)} of temporary files`,
  }
  const booted = Promise.withResolvers<void>()
  let open = true
  let isReady = false
  let isLoaded = false
  let inFlight = 0
  let background: Work | undefined
  let ending: Ending | undefined
  let heard = 0
  /**
   * Of how many responses it has said that they break off: it says so before they do. One that did not, having not begun, counts
   * for another: at worst a call reaches a process about to end, and goes to another one.
   */
  let failedStreams = 0
  /** How many requests it had begun when it said, at last, that it was about to end. */
  let begunAtEnd: number | undefined
  let linger: NodeJS.Timeout | undefined

  let { dispatcher } = process
  const breach = (cause: Excess) => {
    ending ??= cause
    process.kill()
  }
  const told = {
    memory: () => breach('memory'),
    memorySoft: () => process.unload('memory'),
    cpuHard: () => breach('cpu'),
    cpuSoft: () => worker.retire('cpu'),
    heldBack: () => worker.retire('early_drop'),
  }
  const meter = usage.watch(process, limits, told, debt)
  const unwatch = watchFiles(process, limits.temporaryBytes, () => breach('files'))
  // What loading costs is the first request's, which waits for it.
  let loading: Work | undefined = unasked()
  meter.prepare(loading)
  const ended = process.ended.then((end) => {
    open = false
    clearTimeout(linger)
    ending ??= endingOf(end)
    meter.close()
    unwatch()
    setBackground(false)
    if (isExcess(ending)) log('error', `The worker used more than its ${allowed[ending]} and was stopped`)
    if (ending === 'crashed') log('error', `The worker exited (${end.signal ?? `code ${end.code}`})`)
    void dispatcher.destroy()
    booted.reject(new Refusal(isExcess(ending) ? 'WORKER_LIMIT' : 'WORKER_ERROR'))
    return ending
  })

  const worker: Worker = {
    version: bundle.version,
    pid: process.pid,
    get open() {
      return open
    },
    get load() {
      return meter.load
    },
    get dispatcher() {
      return dispatcher
    },
    get owes() {
      return debt.isHigh
    },
    ended,
    get answered() {
      return heard > 0
    },
    heard() {
      heard += 1
    },
    brokeOff() {
      // What it said before may be read after, in the same turn of the event loop.
      setImmediate(() => {
        if (failedStreams > 0) failedStreams -= 1
        else worker.retire('termination')
      })
    },
    async endedUnheard() {
      const how = await Promise.race([ended, delay(1_000)])
      return (how === 'crashed' || how === 'stopped') && begunAtEnd === heard
    },
    enter(work) {
      inFlight += 1
      clearTimeout(linger)
      meter.begin(work, loading)
      loading = undefined
    },
    leave(work, served) {
      inFlight -= 1
      if (served) meter.end(work)
      else meter.drop(work)
      settle()
    },
    retire(reason) {
      if (!open) return
      open = false
      if (inFlight > 0 || background) process.unload(reason)
      settle(reason)
    },
    async stop(reason = 'termination') {
      open = false
      ending ??= 'stopped'
      process.unload(reason)
      await process.stop()
    },
  }

  /** Told once: anybody in the process can say it again. */
  async function ready(byNode: boolean): Promise<void> {
    if (isReady) return
    isReady = true
    if (byNode) dispatcher = await process.toNode()
    booted.resolve()
  }

  /** Decides how long a worker without requests stays. */
  function settle(reason: UnloadReason = 'early_drop'): void {
    clearTimeout(linger)
    // Whoever it loads for is waiting.
    if (inFlight > 0 || ending !== undefined || !isLoaded) return
    const patience = background ? limits.wallMs : open ? limits.idleMs : graceMs
    linger = setTimeout(() => void worker.stop(background ? 'wall_clock' : reason), patience)
    linger.unref()
  }

  function setBackground(busy: boolean): void {
    if (busy === (background !== undefined)) return
    if (background) {
      meter.end(background)
      background = undefined
    } else {
      background = options.background()
      meter.begin(background)
    }
    settle()
  }

  process.listen({
    record(record) {
      if (record.type === 'log') log(record.level, record.message)
      else if (record.type === 'ready') void ready(record.socket === 'node')
      else if (record.type === 'threw') {
        log('error', record.message)
        booted.reject(new Refusal('WORKER_ERROR', { details: record.message }))
      } else if (record.type === 'background') setBackground(record.busy)
      else if (record.type === 'stream-failed') failedStreams += 1
      else if (record.type === 'leaving') begunAtEnd = record.begun
      else if (record.type === 'staying') begunAtEnd = undefined
    },
    text: (text, stream) => log(stream === 'stdout' ? 'info' : 'error', text),
  })
  const late = setTimeout(() => {
    const details = `No handler within ${limits.bootMs / 1000} s: call Deno.serve, or export default { fetch }`
    log('error', details)
    booted.reject(new Refusal('BOOT_ERROR', { details }))
  }, limits.bootMs)
  try {
    await booted.promise
    isLoaded = true
    if (!open) settle()
    return worker
  } catch (error) {
    await worker.stop()
    throw error
  } finally {
    clearTimeout(late)
  }
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MB`
}

/** Work that nobody is told of. */
function unasked(): Work {
  return { since: 0, ended: undefined, hasFailed: false, cpuMs: 0, peakBytes: 0, gbSeconds: 0, measured() {} }
}

function endingOf({ signal, code }: ProcessEnd): Ending {
  return heapFull.includes(signal) || code === 133 || code === 134 ? 'memory' : 'crashed'
}
