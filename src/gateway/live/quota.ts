/** How many are open, of all clients and of each one. */
export interface Quota {
  readonly taken: number
  /** Takes one more of a client's; undefined where it has as many as it may. Called once, what is returned gives it back. */
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

/** One that is held, and may become another client's. */
export interface Place {
  /** False where that client has as many as it may; then it is held no longer. */
  move(client: string): boolean
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
