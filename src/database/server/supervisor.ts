import { setTimeout as sleep } from 'node:timers/promises'
import { PorticoError } from '#errors'
import type { Observe } from '#observe'
import type { Postmaster } from './postmaster.ts'

/** Milliseconds before each further try; a server that stayed up for a minute has them all again. */
const delays = [0, 50, 100, 200, 400, 800, 1600, 3200, 5000]
const steady = 60_000

/** Milliseconds of a clean stop, before sessions and goodbyes are cut short. */
const patience = 5000

/** A server that is started again when it dies. */
export interface Supervised {
  readonly pid: number
  /** Resolves when the server is down for good: undefined after `stop`, the error once it would not start again. */
  readonly exited: Promise<PorticoError | undefined>
  stop(): Promise<void>
}

/**
 * Keeps a server running: what kills it (`kill -9`, the memory killer) does not end the backend. Clients lose their
 * connections and make new ones.
 *
 * @param start one try; may be called again and again
 */
export async function supervise(start: () => Promise<Postmaster>, observe: Observe): Promise<Supervised> {
  let current = await start()
  let stopping = false
  const abort = new AbortController()

  const startAgain = async (): Promise<Postmaster | PorticoError> => {
    let last: unknown
    for (const delay of delays) {
      await sleep(delay, undefined, { signal: abort.signal })
      try {
        return await start()
      } catch (error) {
        last = error
      }
    }
    const message = `Postgres died and could not be started again in ${delays.length} tries.`
    return new PorticoError('POSTGRES_FAILED', { message, cause: last })
  }

  const watch = async (): Promise<PorticoError | undefined> => {
    for (let crashes = 0; ; crashes++) {
      const since = performance.now()
      const why = await current.ended
      if (stopping) return undefined
      if (performance.now() - since > steady) crashes = 0
      observe({ kind: 'message', level: 'error', text: 'Postgres died; starting it again', data: { reason: why } })
      if (crashes >= delays.length)
        return new PorticoError('POSTGRES_FAILED', { message: `Postgres keeps dying: ${why}.` })
      await sleep(delays[crashes] ?? 0)
      const next = await startAgain().catch(() => undefined)
      if (next === undefined) return undefined
      if (next instanceof PorticoError) {
        observe({ kind: 'message', level: 'error', text: next.message, error: next })
        return next
      }
      current = next
      observe({
        kind: 'message',
        level: 'warn',
        text: 'Postgres is back',
        data: { ms: Math.round(performance.now() - since) },
      })
    }
  }
  const exited = watch()

  return {
    get pid() {
      return current.pid
    },
    exited,
    stop: async () => {
      stopping = true
      abort.abort()
      await current.stop(patience)
      await exited
    },
  }
}
