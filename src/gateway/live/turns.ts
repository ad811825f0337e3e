/** Lets so many at a time go on; among those that wait, clients take turns, however much each of them asks for. */
export interface Turns {
  /** @param clients those that wait for it, as they are whenever a place is free; nobody's is over at once */
  take<Done>(clients: () => Iterable<string>, work: () => Promise<Done>): Promise<Done>
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

  /** The first of those that a client waits for whose last turn is the longest ago. */
  function next(): Waiting | undefined {
    let chosen: Waiting | undefined
    let [who, least]: [string | undefined, number] = [undefined, Number.POSITIVE_INFINITY]
    for (const one of waiting) {
      let alone = true
      for (const client of one.clients()) {
        alone = false
        const last = served.get(client) ?? 0
        if (last >= least) continue
        chosen = one
        who = client
        least = last
      }
      if (alone) return one
      if (least === 0) break
    }
    if (who !== undefined) charge(who)
    return chosen
  }

  function charge(client: string): void {
    if (served.size >= most) served.clear()
    served.set(client, ++turn)
  }

  return {
    async take(clients, work) {
      if (going >= atOnce) await new Promise<void>((go) => waiting.add({ clients, go }))
      else going++
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
