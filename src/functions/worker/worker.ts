import type { Dispatcher } from 'undici'
import type { Work } from './work.ts'

/** One process that serves one function. */
export interface Worker {
  readonly version: string
  readonly pid: number
  /** Whether it takes further requests. */
  readonly open: boolean
  /** Part of one processor that it used of late. */
  readonly load: number
  readonly dispatcher: Dispatcher
  /** Whether its function has taken, of late, what others need. */
  readonly owes: boolean
  readonly ended: Promise<Ending>
  /** Whether one of its responses has begun. */
  readonly answered: boolean
  /** One of its responses has begun. */
  heard(): void
  /**
   * One of its responses broke off. Where it was the function's stream that failed, nothing else is the matter, as in Supabase's
   * runtime (supabase/edge-runtime, ext/runtime/js/http.js: that one connection is closed). Otherwise it may be about to end,
   * and takes no further requests.
   */
  brokeOff(): void
  /** Whether it has ended, with no request begun but those whose responses had: one that waits for its own, it has not seen. */
  endedUnheard(): Promise<boolean>
  /** Counts one request in. */
  enter(work: Work): void
  /** Counts it out; one that was not served has used nothing. */
  leave(work: Work, served: boolean): void
  /** No further requests; it leaves when those in flight and its background work are done. */
  retire(reason: UnloadReason): void
  stop(reason?: UnloadReason): Promise<void>
}

/** What a worker can take too much of. */
export type Excess = 'memory' | 'cpu' | 'files'

/** Why a worker is gone: it was asked to leave, it took too much, or its code ended it. */
export type Ending = 'stopped' | 'crashed' | Excess

export function isExcess(ending: Ending | undefined): ending is Excess {
  return ending === 'memory' || ending === 'cpu' || ending === 'files'
}

/** What a function's `beforeunload` listener finds as `event.detail.reason`, in the words of Supabase's runtime. */
export type UnloadReason = 'cpu' | 'memory' | 'wall_clock' | 'early_drop' | 'termination'
