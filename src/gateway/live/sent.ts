import type { Events } from './subscriptions.ts'

const over = { done: true, value: undefined } as const

/** Sends events as they come. What is left for the protocol to do is to tell of the end. */
export function sent(events: Events, send: (event: Buffer) => Promise<void>): AsyncGenerator<never> {
  const sending: AsyncGenerator<never> = {
    async next() {
      for (let next = await events.next(); !next.done; next = await events.next()) await send(next.value)
      return over
    },
    async return() {
      await events.return()
      return over
    },
    throw: () => sending.return(undefined),
    [Symbol.asyncIterator]: () => sending,
    [Symbol.asyncDispose]: async () => void (await events.return()),
  }
  return sending
}

/** The answer to what is asked once. */
export function oneEvent(event: Buffer): Events {
  const left = [event]
  return {
    async next() {
      const value = left.pop()
      return value ? { done: false, value } : over
    },
    async return() {
      left.length = 0
    },
  }
}
