import type { Readable } from 'node:stream'

/**
 * One HTTP exchange with a function, in terms that belong to no front: a fetch handler and a `node:http` handler
 * can both make a `Call` and send an `Answer`.
 */
export interface Call {
  readonly method: string
  /** `/NAME/rest?query` */
  readonly path: string
  readonly headers: HeaderPairs
  readonly body: Readable | null
  /** Aborted when the client is gone. */
  readonly signal?: AbortSignal | undefined
}

export interface Answer {
  readonly status: number
  readonly headers: HeaderPairs
  readonly body: Readable | string | null
}

export type HeaderPairs = readonly (readonly [name: string, value: string])[]

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** The headers that belong to the message and not to the connection it came over (RFC 9110, 7.6.1). */
export function endToEnd(headers: HeaderPairs, ...alsoWithout: readonly string[]): HeaderPairs {
  const without = new Set([...hopByHop, ...alsoWithout])
  for (const [name, value] of headers) {
    if (name.toLowerCase() === 'connection') {
      for (const option of value.split(',')) without.add(option.trim().toLowerCase())
    }
  }
  return headers.filter(([name]) => !without.has(name.toLowerCase()))
}
