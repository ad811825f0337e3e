import type { Dialer } from './guard.ts'
import type { Network } from './network.ts'

/** A `fetch` for addresses that somebody wrote down, and that may lead anywhere. */
export interface PublicFetch {
  /** Reaches public addresses alone, whatever a name leads to in the moment. Text and forms can be sent. */
  readonly fetch: typeof globalThis.fetch
  close(): Promise<void>
}

/** @param dialer stands in for the network in tests */
export function createPublicFetch(dialer?: Dialer): PublicFetch {
  let opening: Promise<Network> | undefined

  async function network(): Promise<Network> {
    opening ??= import('./network.ts').then(({ openNetwork }) => openNetwork(true, dialer))
    return await opening
  }

  return {
    async fetch(input, init) {
      const request = new Request(input, init)
      const { method, headers, signal, redirect } = request
      const body = request.body === null ? null : await request.text()
      return await (await network()).fetch(new URL(request.url), { method, headers, signal, redirect, body }, false)
    },
    close: async () => await (await opening)?.close(),
  }
}
