import type { Observation } from '#observe'

export type LogLine = Pick<Extract<Observation, { kind: 'function-log' }>, 'name' | 'level' | 'message'> & {
  readonly at: string
}

/** The latest lines that functions wrote, for whoever wants to read along. */
export interface LogTail {
  add(line: Omit<LogLine, 'at'>): void
  /** @param name only of this function */
  latest(name?: string): readonly LogLine[]
  /** Calls back with each further line; the function returned ends that. */
  follow(listener: (line: LogLine) => void): () => void
}

const kept = 500

export function createLogTail(): LogTail {
  const lines: LogLine[] = []
  const listeners = new Set<(line: LogLine) => void>()
  return {
    add({ name, level, message }) {
      const line = { at: new Date().toISOString(), name, level, message }
      if (lines.push(line) > kept) lines.shift()
      for (const listener of listeners) listener(line)
    },
    latest: (name) => lines.filter((line) => name === undefined || line.name === name),
    follow(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
