import { type RawBuilder, sql } from 'kysely'

/** Requests under way at once in this process: bounded by what the answers, of 5 MiB at most, may take of memory. */
const atOnce = 100
/** Those to one target. One that does not answer has its own places and no more. */
const perTarget = 20
/** So many are taken at a time, by turns of the targets, for the places to be reckoned anew. */
export const atATime = 20

/**
 * How many more a target may take that has some: never more than a quarter of what others leave it, so that some are left
 * for the next however many targets do not answer.
 */
export function placesOf(taken: RawBuilder<unknown>, left: number): RawBuilder<number> {
  return sql`least(${perTarget}, greatest(1, (${taken} + ${left}::integer) / 4)) - ${taken}`
}

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
