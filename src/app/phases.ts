import type { Observe } from '#observe'

/** Runs a step of starting or stopping, observed with its duration. */
export async function timed<T>(observe: Observe, name: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now()
  observe({ kind: 'phase', name, state: 'begin' })
  try {
    const result = await work()
    observe({ kind: 'phase', name, state: 'end', ms: performance.now() - started })
    return result
  } catch (error) {
    observe({ kind: 'phase', name, state: 'fail', ms: performance.now() - started, error })
    throw error
  }
}

/** What `work` resolves with, or the signal's reason as soon as it is aborted: `work` is left to end by itself. */
export async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort)
  if (signal.aborted) abort()
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
