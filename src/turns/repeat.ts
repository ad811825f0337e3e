/** A task that is run again and again. */
export interface Repeated {
  /** Resolves when a run that is under way has ended. */
  stop(): Promise<void>
}

/**
 * Runs a task after a first and then after each further interval, in milliseconds, without keeping the process alive for it.
 *
 * @param task never rejects
 */
export function repeat([first, further]: readonly [number, number], task: () => Promise<void>): Repeated {
  let running = Promise.resolve()
  let stopped = false
  const next = (interval: number) => {
    timer = setTimeout(() => {
      running = task().then(() => {
        if (!stopped) next(further)
      })
    }, interval).unref()
  }
  let timer: NodeJS.Timeout
  next(first)
  return {
    stop() {
      stopped = true
      clearTimeout(timer)
      return running
    },
  }
}
