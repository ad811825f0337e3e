import type { ExecutionResult } from 'graphql'
import type { TellError } from '../run/index.ts'
import { eventOf } from './event.ts'
import type { Events } from './subscriptions.ts'

/**
 * The events of a subscription field that the project wrote in code. When its generator throws, the last event is the masked
 * error. When the reader leaves, that is at once, even while the generator waits for something.
 */
export function codeEvents(source: AsyncGenerator<ExecutionResult, unknown>, tell: TellError): Events {
  let ended = false
  let leave = () => {}

  async function following(): Promise<IteratorResult<Buffer>> {
    try {
      const { done, value } = await source.next()
      if (done || ended) return over
      const { errors, ...rest } = value
      return { done: false, value: eventOf({ ...(errors && { errors: errors.map(tell) }), ...rest }) }
    } catch (error) {
      if (ended) return over
      ended = true
      return { done: false, value: eventOf({ errors: [tell(error)] }) }
    }
  }

  return {
    next() {
      if (ended) return Promise.resolve(over)
      return new Promise((resolve) => {
        leave = () => resolve(over)
        void following().then(resolve)
      })
    },
    return() {
      ended = true
      leave()
      source.return(undefined).catch(() => {})
      return Promise.resolve(over)
    },
  }
}

const over = { done: true, value: undefined } as const
