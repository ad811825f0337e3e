import { StorageError } from '../errors/index.ts'

/** Runs a task when its turn comes; throws SlowDown where too many wait already. */
export type Turns = <T>(task: () => Promise<T>) => Promise<T>

export function createTurns(atOnce: number, waiting: number): Turns {
  let running = 0
  const queue: (() => void)[] = []
  return async (task) => {
    if (running >= atOnce) {
      if (queue.length >= waiting) throw new StorageError('SlowDown', { message: 'Too many requests' })
      await new Promise<void>((resolve) => queue.push(resolve))
    } else running++
    try {
      return await task()
    } finally {
      // The turn passes on to who waits the longest, or is free again.
      const next = queue.shift()
      if (next) next()
      else running--
    }
  }
}
