/**
 * Holds back a function whose processes end by themselves again and again: each new one takes a processor for a moment, which
 * others need. A few in a row start at once, as after a deployment that fails; from then on, two a second do.
 */
export interface Restraint {
  /** A process has ended by itself, was ended for what it took, or did not come up. */
  ended(how: { readonly answered: boolean }): void
  /**
   * Milliseconds until one more may start. Those that are told to wait take turns.
   *
   * @returns undefined where that is more than `patience`, and nobody's turn
   */
  turn(patience: number): number | undefined
}

const atOnce = 5
const perSecond = 2
/** However many end at the same time, the next one waits so many seconds at most. */
export const longestSeconds = 2
const most = atOnce + longestSeconds * perSecond
/** Of one that had answered before, which somebody may have had good use of. */
const partOfOne = 0.25

/** @param now milliseconds that only grow */
export function createRestraint(now: () => number = () => performance.now()): Restraint {
  let count = 0
  let since = now()
  /** When the last of those that wait starts. */
  let last = Number.NEGATIVE_INFINITY

  /** Each is forgotten by and by. */
  function left(): number {
    const at = now()
    count = Math.max(0, count - ((at - since) / 1000) * perSecond)
    since = at
    return count
  }

  return {
    ended({ answered }) {
      count = Math.min(most, left() + (answered ? partOfOne : 1))
    },
    turn(patience) {
      const tooMany = left() - atOnce
      if (tooMany <= 0) return 0
      const next = Math.max(since + (tooMany / perSecond) * 1000, last + 1000 / perSecond)
      if (next - since > patience) return undefined
      last = next
      return next - since
    },
  }
}
