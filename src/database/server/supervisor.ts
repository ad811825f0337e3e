import { setTimeout as sleep } from 'node:timers/promises'
import { errorMessage, isPorticoError, PorticoError } from '#errors'
import type { Observe } from '#observe'
import type { Postmaster } from './postmaster.ts'

/** Milliseconds before each try; a server that stayed up for a minute has them all again. */
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
  const stopping = new AbortController()
  let current = await persist(start, stopping.signal, isMemoryInUse)

  /** One death and what came of it: undefined if the server is there again. */
  const revive = async (why: string, crashes: number): Promise<PorticoError | undefined> => {
    observe({ kind: 'message', level: 'error', text: 'Postgres died; starting it again', data: { reason: why } })
    const since = performance.now()
    if (crashes >= delays.length)
      return new PorticoError('POSTGRES_FAILED', { message: `Postgres keeps dying: ${why}.` })
    try {
      await sleep(delays[crashes], undefined, { signal: stopping.signal })
      current = await persist(start, stopping.signal, () => true)
    } catch (cause) {
      const message = `Postgres died and would not start again: ${errorMessage(cause)}`
      return new PorticoError('POSTGRES_FAILED', { message, cause })
    }
    const ms = Math.round(performance.now() - since)
    observe({ kind: 'message', level: 'warn', text: 'Postgres is back', data: { ms } })
    return undefined
  }

  const watch = async (): Promise<PorticoError | undefined> => {
    for (let crashes = 0; ; crashes++) {
      const since = performance.now()
      const why = await current.ended
      if (stopping.signal.aborted) return undefined
      if (performance.now() - since > steady) crashes = 0
      const given = await revive(why, crashes)
      if (stopping.signal.aborted) {
        await current.stop(patience)
        return undefined
      }
      if (!given) continue
      observe({ kind: 'message', level: 'error', text: given.message })
      return given
    }
  }
  const exited = watch()

  return {
    get pid() {
      return current.pid
    },
    exited,
    stop: async () => {
      stopping.abort()
      await current.stop(patience)
      await exited
    },
  }
}

/** Tries to start until it works, the tries are used up, or an error is not worth another one. */
async function persist(
  start: () => Promise<Postmaster>,
  signal: AbortSignal,
  worthAnother: (error: unknown) => boolean,
): Promise<Postmaster> {
  let last: unknown
  for (const delay of delays) {
    if (delay) await sleep(delay, undefined, { signal })
    try {
      return await start()
    } catch (error) {
      if (!worthAnother(error)) throw error
      last = error
    }
  }
  throw last
}

/** Sessions of a server that was killed are still ending; Postgres rightly waits for them. */
function isMemoryInUse(error: unknown): boolean {
  return isPorticoError(error) && String(error.details.reason).includes('pre-existing shared memory block')
}
