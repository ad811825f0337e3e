import type { ExecutionResult } from 'graphql'

/** A result as an event has it, in one line. */
export function eventOf(result: Pick<ExecutionResult, 'data' | 'errors' | 'extensions'>): Buffer {
  return Buffer.from(JSON.stringify(result))
}
