import type { ServerResponse } from 'node:http'

/** What is used of an `AbortSignal`. */
export type Departure = Pick<AbortSignal, 'aborted' | 'reason'> & {
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** Aborted when the client of a response goes away before it is written: an `AbortSignal` that costs next to nothing. */
export function departureOf(res: ServerResponse): Departure {
  const listeners = new Set<() => void>()
  const departure = {
    aborted: false,
    reason: goneAway,
    addEventListener: (_type: 'abort', listener: () => void) => void listeners.add(listener),
    removeEventListener: (_type: 'abort', listener: () => void) => void listeners.delete(listener),
  }
  res.once('close', () => {
    if (res.writableFinished) return
    departure.aborted = true
    for (const listener of listeners) listener()
  })
  return departure
}

const goneAway = new Error('the client has gone away')
