/** What a loop waits for: somebody rings when there may be something to do. */
export interface Bell {
  ring(): void
  /** Resolves with the next ring. Each ring makes a new one: a promise that stays pending keeps all who ever raced it. */
  readonly rung: Promise<void>
  /** Resolves with the ring, or when the time is over, in milliseconds. */
  within(rung: Promise<void>, ms: number): Promise<void>
}

export function createBell(): Bell {
  let next = Promise.withResolvers<void>()
  return {
    ring() {
      next.resolve()
      next = Promise.withResolvers()
    },
    get rung() {
      return next.promise
    },
    async within(rung, ms) {
      let timer: NodeJS.Timeout | undefined
      const over = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, ms)
      })
      await Promise.race([rung, over])
      clearTimeout(timer)
    },
  }
}
