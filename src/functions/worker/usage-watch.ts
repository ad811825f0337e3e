import { type Debt, failureMs } from './debt.ts'
import type { DenoProcess } from './deno-process.ts'
import { ownBytes, processorMs } from './process-figures.ts'
import {
  activeMs,
  attributeLoading,
  type Breaches,
  closeMs,
  idleMs,
  look,
  patience,
  type UsageLimits,
  type Watched,
} from './watched.ts'
import { tellEnded, type Work } from './work.ts'

/** Looks at processes while they work. */
export interface UsageWatch {
  /** @param debt its function's: while that is high, the process gives way to others */
  watch(
    process: Pick<DenoProcess, 'pid' | 'usualPriority'>,
    limits: UsageLimits,
    breaches: Breaches,
    debt: Debt,
  ): UsageMeter
}

/** The use of one process, shared out among what it does at the same time. */
export interface UsageMeter {
  /** Part of one processor that it used of late: 0.5 is half of one. */
  readonly load: number
  /** Begins the loading of what the process is for. */
  prepare(work: Work): void
  /** @param preparation what was done for this work alone, and counts as a part of it, though not against it */
  begin(work: Work, preparation?: Work): void
  end(work: Work): void
  /** It goes on elsewhere, or never began. */
  drop(work: Work): void
  /** The process is gone: whatever is known by now is told. */
  close(): void
}

/**
 * Reads processor time and memory of busy processes every 50 ms, closer to a limit every 10, and of idle ones each second.
 * What a process used between two looks is shared out among its invocations by the time each was under way; so an
 * invocation's part is fair, and exact where it was alone.
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
      if (watched.works.length > 0 || now - watched.seen >= idleMs - closeMs) look(watched, now)
      if (all.has(watched)) lookIn(patience(watched))
    }
  }

  return {
    watch({ pid, usualPriority }, limits, breaches, debt) {
      const watched: Watched = {
        ...{ pid, limits, breaches, debt, works: [], cpuMs: processorMs(pid), bytes: ownBytes(pid) },
        ...{ seen: performance.now(), load: 0, unasked: 0, stage: 'fine', isNearMemory: false },
        ...{ spared: new WeakMap(), loading: undefined, loadedBytes: Number.POSITIVE_INFINITY, suspect: usualPriority },
      }
      const { works, spared } = watched
      const drop = (work: Work) => {
        const at = works.indexOf(work)
        if (at >= 0) works.splice(at, 1)
      }
      all.add(watched)
      lookIn(activeMs)
      return {
        get load() {
          return watched.load
        },
        prepare(work) {
          spared.set(work, Number.POSITIVE_INFINITY)
          this.begin(work)
        },
        begin(work, preparation) {
          work.since = performance.now()
          if (preparation !== undefined) {
            preparation.ended = work.since
            watched.loading = { preparation, work }
            if (!all.has(watched)) attributeLoading(watched)
            // Not now: the work is about to be sent off, and a look takes a part of a millisecond.
            else setImmediate(() => all.has(watched) && look(watched, performance.now()))
          }
          work.peakBytes = Math.max(work.peakBytes, watched.bytes)
          // The next look is further away only where there was nothing to do.
          if (works.push(work) === 1) lookIn(activeMs)
        },
        end(work) {
          work.ended = performance.now()
          if (work.hasFailed) debt.add(failureMs)
          if (!all.has(watched)) work.measured()
        },
        drop,
        close() {
          all.delete(watched)
          attributeLoading(watched)
          tellEnded(works)
        },
      }
    },
  }
}
