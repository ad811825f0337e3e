/**
 * Requests under way at once in this process, and to one target. A target that does not answer has its own places and no
 * more; all together are bounded by what the answers, of 5 MiB at most, may take of memory.
 */
const atOnce = 100
export const perTarget = 20

export interface Places {
  /** How many are free, of all. */
  readonly left: number
  /** How many each target has taken, if any. */
  readonly taken: ReadonlyMap<string, number>
  take(target: string): void
  /** @returns whether a request may have waited for it */
  free(target: string): boolean
}

export function createPlaces(): Places {
  const taken = new Map<string, number>()
  let left = atOnce
  return {
    get left() {
      return left
    },
    taken,
    take(target) {
      taken.set(target, (taken.get(target) ?? 0) + 1)
      left--
    },
    free(target) {
      const count = taken.get(target) ?? 0
      const wasShort = left <= 0 || count >= perTarget
      if (count > 1) taken.set(target, count - 1)
      else taken.delete(target)
      left++
      return wasShort
    },
  }
}
