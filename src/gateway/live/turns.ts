/** Lets so many at a time go on, the others in the order they came. */
export interface Turns {
  take<Done>(work: () => Promise<Done>): Promise<Done>
}

export function createTurns(atOnce: number): Turns {
  const waiting: (() => void)[] = []
  let going = 0
  return {
    async take(work) {
      if (going >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve))
      else going++
      try {
        return await work()
      } finally {
        // Whoever is next takes over the place.
        const next = waiting.shift()
        if (next) next()
        else going--
      }
    },
  }
}
