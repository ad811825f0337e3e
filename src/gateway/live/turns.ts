/**
 * Runs a limited number of pieces of work at a time. Clients take turns, so that one who asks for much delays nobody who asks
 * for little.
 */
export interface Turns {
  /** How many wait. */
  readonly waiting: number
  /**
   * Runs a piece of work when one of its clients has its turn; resolves with undefined if it is never run.
   *
   * @param clients who waits for it; asked anew whenever there is room for one more
   * @param left aborted when nobody waits for it any more: it leaves the queue
   */
  take<Done>(clients: () => Iterable<string>, left: AbortSignal, work: () => Promise<Done>): Promise<Done | undefined>
}

interface Waiting {
  readonly clients: () => Iterable<string>
  readonly go: () => void
}

/** Clients whose last turns are remembered. */
const most = 20_000

export function createTurns(atOnce: number): Turns {
  const waiting = new Set<Waiting>()
  /** The number of each client's last turn. */
  const served = new Map<string, number>()
  let going = 0
  let turn = 0

  /** What is run next: of the client whose last turn is the longest ago, the first that it waits for. */
  function next(): Waiting | undefined {
    let chosen: Waiting | undefined
    let [who, least]: [string | undefined, number] = [undefined, Number.POSITIVE_INFINITY]
    for (const one of waiting) {
      for (const client of one.clients()) {
        const last = served.get(client) ?? 0
        if (last >= least) continue
        chosen = one
        who = client
        least = last
      }
      if (least === 0) break
    }
    if (who !== undefined) charge(who)
    return chosen
  }

  function charge(client: string): void {
    if (served.size >= most) served.clear()
    served.set(client, ++turn)
  }

  /** Resolves with true when it is run next, with false when nobody waits for it any more. */
  function wait(clients: () => Iterable<string>, left: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const one = {
        clients,
        go() {
          left.removeEventListener('abort', leave)
          resolve(true)
        },
      }
      const leave = () => {
        waiting.delete(one)
        resolve(false)
      }
      waiting.add(one)
      left.addEventListener('abort', leave)
    })
  }

  return {
    get waiting() {
      return waiting.size
    },
    async take(clients, left, work) {
      if (left.aborted) return undefined
      if (going < atOnce) going++
      else if (!(await wait(clients, left))) return undefined
      try {
        return await work()
      } finally {
        // Whoever is next takes over the place.
        const following = next()
        if (following) {
          waiting.delete(following)
          following.go()
        } else {
          going--
          served.clear()
        }
      }
    },
  }
}
