import { readdirSync, readFileSync } from 'node:fs'
import { setPriority } from 'node:os'

/** What one invocation used, measured from outside its process. */
export interface Usage {
  readonly cpuMs: number
  /** Most memory that its process had of its own meanwhile. */
  readonly peakBytes: number
  /** Gigabytes held, times seconds. */
  readonly gbSeconds: number
}

export const noUsage: Usage = { cpuMs: 0, peakBytes: 0, gbSeconds: 0 }

export interface UsageLimits {
  /** Memory of one process that is its own, in bytes. */
  readonly memoryBytes: number
  /** Processor time of one invocation after which its process takes no further ones. */
  readonly cpuSoftMs: number
  /** The same, after which it is ended. */
  readonly cpuHardMs: number
}

/** Told once each. */
export interface Breaches {
  cpuSoft(): void
  cpuHard(): void
  memory(): void
}

/** Looks at processes while they work. */
export interface UsageWatch {
  watch(pid: number, limits: UsageLimits, breaches: Breaches): UsageMeter
}

/** The use of one process, shared out among what it does at the same time. */
export interface UsageMeter {
  /** Part of one processor that it used of late: 0.5 is half of one. */
  readonly load: number
  /** Something begins: an invocation, or its background work. The function returned ends it, and learns later what it used. */
  begin(): (report?: (usage: Usage) => void) => void
  /** The process is gone: whatever is known by now is reported. */
  close(): void
}

const activeMs = 50
const closeMs = 10
const idleMs = 1_000
/** Whoever uses this much must not slow down others: it gets a tenth of what they do where there is not enough for all. */
const suspectMs = 250

interface Work {
  begun: number
  ended: number | undefined
  cpuMs: number
  peakBytes: number
  gbSeconds: number
  report: ((usage: Usage) => void) | undefined
}

interface Watched {
  readonly pid: number
  readonly limits: UsageLimits
  readonly breaches: Breaches
  readonly works: Set<Work>
  cpuMs: number
  bytes: number
  seen: number
  load: number
  /** Processor time since the last work ended: timers that were left behind. */
  unasked: number
  suspect: boolean
  stage: 'fine' | 'soft' | 'over'
}

/**
 * Reads processor time and memory of busy processes every 50 ms, closer to a limit every 10, and of idle ones each second.
 * What a process used between two looks is shared out among its invocations by the time each was under way; so an
 * invocation's part is fair, and exact where it was alone. Linux only: elsewhere V8's heap limit is all there is.
 */
export function createUsageWatch(): UsageWatch {
  const all = new Set<Watched>()
  let timer: NodeJS.Timeout | undefined
  let due = Number.POSITIVE_INFINITY

  /** Looks at the latest in so many milliseconds. */
  function lookIn(ms: number): void {
    const at = performance.now() + ms
    if (at >= due) return
    clearTimeout(timer)
    due = at
    timer = setTimeout(lookAround, ms)
    timer.unref()
  }

  function lookAround(): void {
    due = Number.POSITIVE_INFINITY
    const now = performance.now()
    for (const watched of all) {
      if (watched.works.size > 0 || now - watched.seen >= idleMs - closeMs) look(watched, now)
      if (all.has(watched)) lookIn(patience(watched))
    }
  }

  return {
    watch(pid, limits, breaches) {
      const now = performance.now()
      const watched: Watched = {
        ...{ pid, limits, breaches, works: new Set<Work>(), cpuMs: processorMs(pid), bytes: ownBytes(pid) },
        ...{ seen: now, load: 0, unasked: 0, suspect: false, stage: 'fine' },
      }
      all.add(watched)
      lookIn(activeMs)
      return {
        get load() {
          return watched.load
        },
        begin() {
          const work: Work = {
            ...{ begun: performance.now(), ended: undefined, report: undefined },
            ...{ cpuMs: 0, peakBytes: watched.bytes, gbSeconds: 0 },
          }
          watched.works.add(work)
          lookIn(activeMs)
          return (report) => {
            work.ended ??= performance.now()
            work.report = report
            if (!all.has(watched)) reportEnded(watched.works)
          }
        },
        close() {
          all.delete(watched)
          reportEnded(watched.works)
        },
      }
    },
  }
}

function patience({ works, limits, bytes, stage }: Watched): number {
  if (works.size === 0) return idleMs
  const most = Math.max(...[...works].map(({ cpuMs }) => cpuMs))
  const close = bytes > limits.memoryBytes / 2 || most > limits.cpuHardMs - 2 * activeMs
  return close && stage !== 'over' ? closeMs : activeMs
}

function look(watched: Watched, now: number): void {
  const { pid, limits, breaches, works } = watched
  const cpuMs = processorMs(pid)
  const bytes = ownBytes(pid)
  const used = Math.max(0, cpuMs - watched.cpuMs)
  const elapsed = now - watched.seen
  watched.load = elapsed > 0 ? used / elapsed : 0
  shareOut(watched, { now, used, bytes })
  Object.assign(watched, { cpuMs: Math.max(cpuMs, watched.cpuMs), bytes, seen: now })
  watched.unasked = works.size === 0 ? watched.unasked + used : 0
  const most = Math.max(watched.unasked, ...[...works].map((work) => work.cpuMs))
  reportEnded(works)
  if (most > suspectMs && !watched.suspect) {
    watched.suspect = true
    giveWay(pid)
  }
  if (watched.stage === 'over') return
  if (bytes > limits.memoryBytes) {
    watched.stage = 'over'
    breaches.memory()
  } else if (most > limits.cpuHardMs) {
    watched.stage = 'over'
    breaches.cpuHard()
  } else if (most > limits.cpuSoftMs && watched.stage === 'fine') {
    watched.stage = 'soft'
    breaches.cpuSoft()
  }
}

function shareOut({ works, seen }: Watched, { now, used, bytes }: { now: number; used: number; bytes: number }): void {
  const parts = [...works].map((work) => ({ work, ms: Math.max(0, (work.ended ?? now) - Math.max(work.begun, seen)) }))
  const total = parts.reduce((sum, { ms }) => sum + ms, 0)
  if (total === 0) return
  const held = (bytes / 1024 ** 3) * (Math.min(now - seen, total) / 1000)
  for (const { work, ms } of parts) {
    work.cpuMs += used * (ms / total)
    work.gbSeconds += held * (ms / total)
    work.peakBytes = Math.max(work.peakBytes, bytes)
  }
}

function reportEnded(works: Set<Work>): void {
  for (const work of works) {
    if (work.ended === undefined) continue
    works.delete(work)
    work.report?.({ cpuMs: work.cpuMs, peakBytes: work.peakBytes, gbSeconds: work.gbSeconds })
  }
}

/** Threads each have a priority of their own; the first one runs the function's code. */
function giveWay(pid: number): void {
  try {
    setPriority(pid, 10)
  } catch {
    // It has just ended.
  }
}

/** Time of all its threads on a processor so far; 0 for a process that is gone. */
function processorMs(pid: number): number {
  const tasks = `/proc/${pid}/task`
  let nanoseconds = 0
  try {
    for (const task of readdirSync(tasks)) nanoseconds += scheduledNs(`${tasks}/${task}/schedstat`)
  } catch {
    return 0
  }
  return nanoseconds / 1e6
}

function scheduledNs(file: string): number {
  try {
    return Number.parseInt(readFileSync(file, 'latin1'), 10)
  } catch {
    return 0
  }
}

/** Resident memory that no file backs; 0 for a process that is gone. */
function ownBytes(pid: number): number {
  try {
    const [, kilobytes] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? []
    return Number(kilobytes ?? 0) * 1024
  } catch {
    return 0
  }
}
