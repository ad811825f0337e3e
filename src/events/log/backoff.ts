const first = 250
const longest = 60 * 60 * 1000

/**
 * Milliseconds until the next attempt: doubled each time, from a quarter of a second to an hour, and each a matter of
 * chance between half of it and all, so that what failed together does not come back together.
 *
 * @param attempt the one that failed, counted from 1
 */
export function backoff(attempt: number, random: () => number = Math.random): number {
  const delay = Math.min(first * 2 ** (attempt - 1), longest)
  return delay * (0.5 + random() / 2)
}
