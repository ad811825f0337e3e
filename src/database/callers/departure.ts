import type { ServerResponse } from 'node:http'

/** What is used of an `AbortSignal`. */
export type Departure = Pick<AbortSignal, 'aborted' | 'reason'> & {
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** Aborted when the client of a response goes away before it is written: an `AbortSignal` that costs next to nothing. */
export function departureOf(res: ServerResponse): Departure {
  const departure = new ClientDeparture()
  if (res.closed && !res.writableFinished) departure.abort()
  res.on('close', () => {
    if (!res.writableFinished) departure.abort()
  })
  return departure
}

class ClientDeparture implements Departure {
  aborted = false
  readonly reason = goneAway
  #listeners: (() => void)[] = []

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.push(listener)
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    const at = this.#listeners.indexOf(listener)
    if (at >= 0) this.#listeners.splice(at, 1)
  }

  abort(): void {
    this.aborted = true
    for (const listener of [...this.#listeners]) listener()
  }
}

/** Nobody is there to be told, and nothing went wrong. */
export class ClientGone extends Error {}

const goneAway = new ClientGone('the client has gone away')
