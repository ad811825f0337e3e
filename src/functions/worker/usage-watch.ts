import { giveWay, ownBytes, processorMs, takeTurn } from './process-figures.ts'
import { shareOut, tellEnded, type Work } from './work.ts'

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
  /** It had to give way, has no reason to any more, and cannot be told so: another process would be faster. */
  heldBack(): void
}

/** Looks at processes while they work. */
export interface UsageWatch {
  watch(pid: number, limits: UsageLimits, breaches: Breaches): UsageMeter
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

const activeMs = 50
const closeMs = 10
const idleMs = 1_000
/**
 * Whoever uses this much for one invocation, loading apart, or half of the memory that loading left, must not slow down others:
 * it gets a tenth of what they do where there is not enough for all, for as long as that goes on.
 */
const suspectMs = 250

interface Watched {
  readonly pid: number
  readonly limits: UsageLimits
  readonly breaches: Breaches
  readonly works: Work[]
  cpuMs: number
  bytes: number
  seen: number
  load: number
  /** Processor time since the last work ended: timers that were left behind. */
  unasked: number
  /** Processor time that loading took, as part of a work. */
  readonly spared: WeakMap<Work, number>
  /** What was loaded for the first work alone, until it is known what that has cost. */
  loading: { readonly preparation: Work; readonly work: Work } | undefined
  /** Bytes that it had once it was loaded. */
  loadedBytes: number
  /** The priority that it had before it gave way. */
  suspect: number | undefined
  stage: 'fine' | 'soft' | 'over'
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
    watch(pid, limits, breaches) {
      const watched: Watched = {
        ...{ pid, limits, breaches, works: [], cpuMs: processorMs(pid), bytes: ownBytes(pid) },
        ...{ seen: performance.now(), load: 0, unasked: 0, stage: 'fine' },
        ...{ spared: new WeakMap(), loading: undefined, loadedBytes: Number.POSITIVE_INFINITY, suspect: undefined },
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

function patience({ works, limits, bytes, stage }: Watched): number {
  if (works.length === 0) return idleMs
  const isClose = bytes > limits.memoryBytes / 2 || mostOf(works) > limits.cpuHardMs - 2 * activeMs
  return isClose && stage !== 'over' ? closeMs : activeMs
}

/** Processor time of the one that used most. */
function mostOf(works: readonly Work[]): number {
  let most = 0
  for (const { cpuMs } of works) if (cpuMs > most) most = cpuMs
  return most
}

function look(watched: Watched, now: number): void {
  const { pid, limits, breaches, works } = watched
  const cpuMs = processorMs(pid)
  const bytes = ownBytes(pid)
  const used = Math.max(0, cpuMs - watched.cpuMs)
  const elapsed = now - watched.seen
  watched.load = elapsed > 0 ? used / elapsed : 0
  shareOut(works, { from: watched.seen, to: now, cpuMs: used, bytes })
  Object.assign(watched, { cpuMs: Math.max(cpuMs, watched.cpuMs), bytes, seen: now })
  attributeLoading(watched)
  watched.unasked = works.length === 0 ? watched.unasked + used : 0
  const most = Math.max(watched.unasked, mostOf(works))
  tellEnded(works)
  if (isSuspect(watched)) watched.suspect ??= giveWay(pid)
  else if (watched.suspect !== undefined) {
    if (!takeTurn(pid, watched.suspect)) breaches.heldBack()
    watched.suspect = undefined
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

/** What was loaded for a work alone is a part of it, of which the last look has told what there was. */
function attributeLoading(watched: Watched): void {
  if (watched.loading === undefined) return
  const { preparation, work } = watched.loading
  watched.loading = undefined
  watched.loadedBytes = watched.bytes
  watched.spared.set(work, preparation.cpuMs)
  work.cpuMs += preparation.cpuMs
  work.gbSeconds += preparation.gbSeconds
}

/** Whether it now takes so much that others are to go before it. */
function isSuspect({ works, spared, unasked, bytes, loadedBytes, limits }: Watched): boolean {
  if (bytes - loadedBytes > (limits.memoryBytes - loadedBytes) / 2) return true
  return unasked > suspectMs || works.some((work) => work.cpuMs - (spared.get(work) ?? 0) > suspectMs)
}
