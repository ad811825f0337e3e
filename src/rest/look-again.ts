/** Looks at the catalogue in a second that failed requests may cause: each costs the database some milliseconds. */
const most = 10

/**
 * Looks at the catalogue for a request whose plan may be older than the database. Requests that fail at once wait for one
 * look together, and a client that asks for what is not there, again and again, soon for none.
 */
export function createLookAgain(refresh: () => Promise<void>): () => Promise<void> {
  let looking: Promise<void> | undefined
  let second = 0
  let looks = 0

  return async () => {
    const now = Math.floor(performance.now() / 1000)
    if (now !== second) looks = 0
    second = now
    if (!looking && looks < most) {
      looks++
      looking = refresh().finally(() => {
        looking = undefined
      })
    }
    await looking
  }
}
