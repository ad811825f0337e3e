/** Who is there, said later where it may only look as if somebody had gone. */
export interface Grace {
  /** Those that are there now. */
  there(processes: ReadonlySet<string>): void
  /** Nobody is missed for so many milliseconds. */
  settle(ms: number): void
  readonly isSettling: boolean
  /** Nobody is there any more, and that is said at once. */
  end(): void
}

export function createGrace(say: (processes: ReadonlySet<string>) => void): Grace {
  let now: ReadonlySet<string> = new Set()
  let timer: NodeJS.Timeout | undefined
  return {
    there(processes) {
      now = processes
      if (!timer) say(now)
    },
    settle(ms) {
      clearTimeout(timer)
      timer = setTimeout(() => {
        timer = undefined
        say(now)
      }, ms).unref()
    },
    get isSettling() {
      return timer !== undefined
    },
    end() {
      clearTimeout(timer)
      timer = undefined
      now = new Set()
      say(now)
    },
  }
}
