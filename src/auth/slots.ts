/** Runs at most `size` pieces of work at once and keeps at most `waiting` others in line. */
export interface Slots {
  /** Resolves to the work's result, or rejects with `full()` when the line is full. */
  run<T>(work: () => Promise<T>): Promise<T>
}

/** @example const slots = createSlots(2, 100, () => new Error('busy')) */
export function createSlots(size: number, waiting: number, full: () => Error): Slots {
  const line: (() => void)[] = []
  let free = size

  const release = () => {
    const next = line.shift()
    if (next) next()
    else free += 1
  }

  return {
    async run(work) {
      if (free > 0) free -= 1
      else if (line.length < waiting) await new Promise<void>((resolve) => line.push(resolve))
      else throw full()
      try {
        return await work()
      } finally {
        release()
      }
    },
  }
}
