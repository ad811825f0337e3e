/** Counts what is open, for all clients together and for each client, and says when there may be no more. */
export interface Quota {
  readonly taken: number
  /** Counts one more for a client. @returns gives it back; undefined where the client, or all of them, have as many as they may */
  take(client: string): (() => void) | undefined
}

export function createQuota(limits: { readonly ofAll: number; readonly ofOne: number }): Quota {
  const open = new Map<string, number>()
  let total = 0
  return {
    get taken() {
      return total
    },
    take(client) {
      const own = open.get(client) ?? 0
      if (total >= limits.ofAll || own >= limits.ofOne) return undefined
      total++
      open.set(client, own + 1)
      let given = false
      return () => {
        if (given) return
        given = true
        total--
        const left = (open.get(client) ?? 1) - 1
        if (left > 0) open.set(client, left)
        else open.delete(client)
      }
    },
  }
}

/** One that is counted for a client, until it is known that it is another's: a WebSocket says only later who it is. */
export interface Place {
  /** Counts it for another client. False where that one has as many as it may; then it is counted for nobody. */
  move(client: string): boolean
  /** Gives it back. */
  give(): void
}

export function takePlace(quota: Quota, client: string): Place | undefined {
  let give = quota.take(client)
  let given = false
  return (
    give && {
      move(next) {
        give?.()
        give = given ? undefined : quota.take(next)
        return give !== undefined
      },
      give() {
        given = true
        give?.()
      },
    }
  )
}
