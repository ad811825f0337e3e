import type { Claims } from '#database'

/** What a timer can wait for, in milliseconds; a token of an API key is good for years. */
const most = 2 ** 31 - 1

/**
 * Calls `expired` when a token is good no longer.
 *
 * @returns calls it off
 */
export function atExpiry({ exp }: Claims, expired: () => void): () => void {
  if (typeof exp !== 'number') return () => {}
  let timer: NodeJS.Timeout
  const wait = () => {
    const left = exp * 1000 - Date.now()
    timer = setTimeout(() => (left > most ? wait() : expired()), Math.min(Math.max(left, 0), most))
  }
  wait()
  return () => clearTimeout(timer)
}
