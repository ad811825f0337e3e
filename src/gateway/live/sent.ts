import type { Events } from './subscriptions.ts'

const over = { done: true, value: undefined } as const

/** Sends events as they come. To graphql-ws it is a generator without values, whose end is all that graphql-ws has to tell. */
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

/** The one event of a query or mutation. */
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
