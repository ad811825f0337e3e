import { lookup } from 'node:dns/promises'
import { Agent, buildConnector, fetch as fetchElsewhere } from 'undici'
import { type Dialer, guarded } from './guard.ts'

/** Requests that leave this process. Loaded with the first of them: undici is megabytes. */
export interface Network {
  /** @param direct to this backend itself, which the guard would not let through; what it redirects to is not followed */
  fetch(url: URL, init: NetworkInit, direct: boolean): Promise<Response>
  close(): Promise<void>
}

export interface NetworkInit {
  readonly method: string
  readonly headers: Headers
  readonly body: string | Uint8Array<ArrayBuffer> | null
  readonly signal: AbortSignal
  /** They are followed unless said. */
  readonly redirect?: RequestRedirect
}

export function openNetwork(isGuarded: boolean, dialer: Dialer = systemDialer()): Network {
  const agent = new Agent({ connect: isGuarded ? guarded(dialer) : dialer.connect, keepAliveTimeout: 1000 })
  const own = new Agent({ keepAliveTimeout: 1000 })
  return {
    async fetch(url, { headers, ...init }, direct) {
      const way = direct ? { dispatcher: own, redirect: 'manual' as const } : { dispatcher: agent }
      const response = await fetchElsewhere(url, { ...init, headers: [...headers], ...way }).catch(throwCause)
      return response as unknown as Response
    },
    async close() {
      await Promise.all([agent.destroy(), own.destroy()])
    },
  }
}

/** The system's resolver and sockets. */
function systemDialer(): Dialer {
  return {
    resolve: async (hostname) => (await lookup(hostname, { all: true })).map(({ address }) => address),
    connect: buildConnector({ timeout: 10_000 }),
  }
}

/** undici says "fetch failed"; why is in the cause. */
function throwCause(error: unknown): never {
  throw error instanceof TypeError && error.cause instanceof Error ? error.cause : error
}
