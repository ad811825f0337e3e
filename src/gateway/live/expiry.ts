import type { Claims } from '#database'

/** The longest that a timer can wait, in milliseconds. An API key's token is good for years. */
const most = 2 ** 31 - 1

/**
 * Calls `expired` when a token expires (`exp`).
 *
 * @returns stops waiting
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
