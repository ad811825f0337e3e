/** A terminal that is closed says SIGHUP; without one it is for `nohup` to decide what that means. */
const names = (): NodeJS.Signals[] => ['SIGINT', 'SIGTERM', ...(process.stdout.isTTY ? (['SIGHUP'] as const) : [])]

/** Milliseconds in which the same wish arrives twice: from the terminal, and passed on by npm or the launcher. */
const echo = 500

export interface StopHandlers {
  readonly first: (signal: NodeJS.Signals) => void
  /** Whoever asks again does not want to wait. */
  readonly again: (signal: NodeJS.Signals) => void
}

/** Listens for the signals that ask a process to stop. */
export function onStopSignal({ first, again }: StopHandlers): { dispose(): void } {
  let since: number | undefined
  const handle = (signal: NodeJS.Signals) => {
    if (since === undefined) {
      since = performance.now()
      first(signal)
    } else if (performance.now() - since > echo) again(signal)
  }
  const handled = names()
  for (const name of handled) process.on(name, handle)
  return {
    dispose() {
      for (const name of handled) process.off(name, handle)
    },
  }
}
