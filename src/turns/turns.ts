/** Runs a piece of work when its turn comes: in the order in which they are given. */
export type Turns = <T>(work: () => Promise<T>) => Promise<T>

export interface Line {
  /** How many may wait for their turn. */
  readonly most: number
  /** What is thrown at the one after them. */
  readonly full: () => Error
}

/**
 * Lets so many pieces of work run at once.
 *
 * @param line how many of the others wait; any number if it is not given
 */
export function createTurns(atOnce: number, line?: Line): Turns {
  const waiting: (() => void)[] = []
  let free = atOnce
  return async (work) => {
    if (free > 0) free--
    else if (line && waiting.length >= line.most) throw line.full()
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      // The turn passes on to who waits the longest, or is free again.
      const next = waiting.shift()
      if (next) next()
      else free++
    }
  }
}
