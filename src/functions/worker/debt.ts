/**
 * What a function has taken of the processors beyond what each of its calls may: it is the function's, not a process', so that
 * one whose processes are ended again and again goes on owing it. It is made good by and by.
 */
export interface Debt {
  /** Milliseconds of a processor. */
  add(ms: number): void
  /** Whether it is so high that others go first; once it is, until most of it is made good. */
  readonly isHigh: boolean
}

/** What the start of a process takes, and that of the one that it is replaced by, where a function's end by themselves. */
export const startMs = 150

/** What a call that fails costs others, its line in the log among it: some dozens a second owe much. */
export const failureMs = 5

/**
 * How long, in milliseconds, an answer that failed is kept back while its function owes others: whoever asks again at once does
 * so less often, and what is owed is made good meanwhile. Others' answers of the same function are not.
 */
export const keptBackMs = 500

/** Of each call, in milliseconds: many short ones owe nothing. */
export const allowanceMs = 10

const high = 100
const low = 50
/** A part of one processor: whoever takes less than this in long calls owes nothing for long, either. */
const madeGood = 0.2
/** However much was taken, others go first for some seconds at most after the last of it. */
const most = 500

/** @param now milliseconds that only grow */
export function createDebt(now: () => number = () => performance.now()): Debt {
  let ms = 0
  let since = now()
  let isHigh = false

  function settle(added: number): void {
    const at = now()
    ms = Math.min(most, Math.max(0, ms - (at - since) * madeGood) + added)
    since = at
    isHigh = ms > (isHigh ? low : high)
  }

  return {
    add: settle,
    get isHigh() {
      settle(0)
      return isHigh
    },
  }
}
