/**
 * Holds back a function whose processes end by themselves again and again: each new one takes a processor for a moment, which
 * others need. A few in a row start at once, as after a deployment that fails; from then on, two a second do.
 */
export interface Restraint {
  /** A process has ended by itself, was ended for what it took, or did not come up. */
  ended(how: { readonly answered: boolean }): void
  /** Milliseconds until the next one may start. */
  wait(): number
}

const atOnce = 5
const perSecond = 2
/** However many end at the same time, the next one waits two seconds at most. */
const most = atOnce + 2 * perSecond
/** Of one that had answered before, which somebody may have had good use of. */
const partOfOne = 0.25

/** @param now milliseconds that only grow */
export function createRestraint(now: () => number = () => performance.now()): Restraint {
  let count = 0
  let since = now()

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
    wait: () => (Math.max(0, left() - atOnce) / perSecond) * 1000,
  }
}
