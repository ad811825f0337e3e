/** What a process is busy with: an invocation, or work that goes on after one. What it used, measured from outside its process, is added by and by. */
export interface Work {
  /** In milliseconds, as `performance.now()` counts them: from when on it has a part in what its process uses. */
  since: number
  ended: number | undefined
  /** Whether it came to nothing: known once it has ended. */
  readonly hasFailed: boolean
  cpuMs: number
  /** Most memory that its process had of its own meanwhile. */
  peakBytes: number
  /** Gigabytes held, times seconds. */
  gbSeconds: number
  /** Called once, moments after its end, when all that it used is known. */
  measured(): void
}

/** What a process used between two looks at it, and has at the second one. */
export interface Stretch {
  readonly from: number
  readonly to: number
  readonly cpuMs: number
  readonly bytes: number
}

/** Adds to each work its part: the time that it was under way, of the time that all of them were. */
export function shareOut(works: readonly Work[], stretch: Stretch): void {
  let total = 0
  for (const work of works) total += underWay(work, stretch)
  if (total === 0) return
  const { from, to, cpuMs, bytes } = stretch
  const held = (bytes / 1024 ** 3) * (Math.min(to - from, total) / 1000)
  for (const work of works) {
    const part = underWay(work, stretch) / total
    work.cpuMs += cpuMs * part
    work.gbSeconds += held * part
    work.peakBytes = Math.max(work.peakBytes, bytes)
  }
}

function underWay({ since, ended }: Work, { from, to }: Stretch): number {
  return Math.max(0, (ended ?? to) - Math.max(since, from))
}

/** Tells those that are over, and keeps the others. */
export function tellEnded(works: Work[]): void {
  let kept = 0
  for (const work of works) {
    if (work.ended === undefined) works[kept++] = work
    else work.measured()
  }
  works.length = kept
}
