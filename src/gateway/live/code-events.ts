import type { ExecutionResult } from 'graphql'
import type { TellError } from '../run/index.ts'
import { eventOf } from './event.ts'
import type { Events } from './subscriptions.ts'

/**
 * Events of a field of the project's own. One that fails ends with an error that says no more than others do; a reader
 * that leaves does not wait for what the field waits for.
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
