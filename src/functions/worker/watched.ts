import { allowanceMs, type Debt } from './debt.ts'
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
  /** It is about to have used all of its memory. */
  memorySoft(): void
  /** It had to give way, has no reason to any more, and cannot be told so: another process would be faster. */
  heldBack(): void
}

/** Between two looks at one that works. */
export const activeMs = 50
/** The same, close to a limit. */
export const closeMs = 10
/** At one that has nothing to do. */
export const idleMs = 1_000

/** Part of its memory that a process is warned at. */
const nearMemory = 0.9

/** A process that is looked at, and what was seen of it. */
export interface Watched {
  readonly pid: number
  readonly limits: UsageLimits
  readonly breaches: Breaches
  readonly debt: Debt
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
  isNearMemory: boolean
}

/** Milliseconds until it is looked at again. */
export function patience({ works, limits, bytes, stage }: Watched): number {
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

/** Shares out what it has used since the last look, and tells what it has taken too much of. */
export function look(watched: Watched, now: number): void {
  const { pid, limits, breaches, debt, works } = watched
  const cpuMs = processorMs(pid)
  const bytes = ownBytes(pid)
  const used = Math.max(0, cpuMs - watched.cpuMs)
  const elapsed = now - watched.seen
  watched.load = elapsed > 0 ? used / elapsed : 0
  const owed = beyondAllowance(watched)
  shareOut(works, { from: watched.seen, to: now, cpuMs: used, bytes })
  Object.assign(watched, { cpuMs: Math.max(cpuMs, watched.cpuMs), bytes, seen: now })
  attributeLoading(watched)
  debt.add(works.length === 0 ? used : beyondAllowance(watched) - owed)
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
  } else if (bytes > limits.memoryBytes * nearMemory && !watched.isNearMemory) {
    watched.isNearMemory = true
    breaches.memorySoft()
  } else if (most > limits.cpuSoftMs && watched.stage === 'fine') {
    watched.stage = 'soft'
    breaches.cpuSoft()
  }
}

/** What was loaded for a work alone is a part of it, of which the last look has told what there was. */
export function attributeLoading(watched: Watched): void {
  if (watched.loading === undefined) return
  const { preparation, work } = watched.loading
  watched.loading = undefined
  watched.loadedBytes = watched.bytes
  watched.spared.set(work, preparation.cpuMs)
  work.cpuMs += preparation.cpuMs
  work.gbSeconds += preparation.gbSeconds
}

/** What all of its works have used beyond what each may, loading apart. */
function beyondAllowance({ works, spared }: Watched): number {
  let ms = 0
  for (const work of works) ms += Math.max(0, work.cpuMs - (spared.get(work) ?? 0) - allowanceMs)
  return ms
}

/** Of one work, or more at the same time: a reason to let others go first, however slowly it came to be. */
const suspectMs = 250

/**
 * Whether others are to go before it, where there is not enough for all: of what they get it gets a tenth then. It is, where its
 * function owes them, where what is under way has used much, or where half of the memory is taken that loading left.
 */
function isSuspect(watched: Watched): boolean {
  const { debt, unasked, bytes, loadedBytes, limits } = watched
  if (debt.isHigh || bytes - loadedBytes > (limits.memoryBytes - loadedBytes) / 2) return true
  return unasked > suspectMs || beyondAllowance(watched) > suspectMs
}
