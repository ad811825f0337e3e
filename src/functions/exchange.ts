import type { Readable } from 'node:stream'

/**
 * One HTTP exchange with a function, in terms that belong to no front: a fetch handler and a `node:http` handler can
 * both make a `Call` and be its `Recipient`.
 */
export interface Call {
  readonly method: string
  /** `/NAME/rest?query` */
  readonly path: string
  readonly headers: RawHeaders
  readonly body: Readable | null
}

/** Who gets the response, piece by piece. `head` comes once and first; then `data`, and one of `end` and `broken`. */
export interface Recipient {
  head(status: number, headers: RawHeaders): void
  /** @returns false when the next piece should wait until its sender is told to resume */
  data(chunk: Buffer): boolean
  end(): void
  /** The response ends before it is complete. */
  broken(error: Error): void
  /** From now on the sender is told how its recipient fares. */
  tell(sender: Sender): void
}

/** Who sends a response. */
export interface Sender {
  /** The recipient takes pieces again. */
  resume(): void
  /** Nobody waits for the response any more. */
  leave(): void
}

/** A response as a whole. */
export interface Answer {
  readonly status: number
  readonly headers: RawHeaders
  readonly body: string | null
}

export function send({ status, headers, body }: Answer, recipient: Recipient): void {
  recipient.head(status, headers)
  if (body !== null) recipient.data(Buffer.from(body))
  recipient.end()
}

/** Name, value, name, value …, as `node:http` and undici have them. */
export type RawHeaders = readonly string[]

export function headerOf(headers: RawHeaders, name: string): string | undefined {
  for (let i = 0; i < headers.length; i += 2) {
    const given = headers[i]
    if (given?.length === name.length && given.toLowerCase() === name) return headers[i + 1]
  }
  return undefined
}

const hopByHop: ReadonlySet<string> = new Set([
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
export function endToEnd(headers: RawHeaders, alsoWithout?: ReadonlySet<string>): string[] {
  const named = headerOf(headers, 'connection')?.toLowerCase()
  const options = named === undefined || named === 'keep-alive' || named === 'close' ? [] : named.split(/\s*,\s*/)
  const kept: string[] = []
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? ''
    const lower = name.toLowerCase()
    if (hopByHop.has(lower) || alsoWithout?.has(lower) || (options.length > 0 && options.includes(lower))) continue
    kept.push(name, headers[i + 1] ?? '')
  }
  return kept
}
