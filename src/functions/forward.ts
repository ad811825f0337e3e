import type { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { type Call, endToEnd, type HeaderPairs } from './exchange.ts'

/** A function's response, its body still to be read. */
export interface Forwarded {
  readonly status: number
  readonly headers: HeaderPairs
  readonly body: Readable
}

/**
 * Sends a call to a worker's socket as an HTTP request for an absolute URL, which is the `request.url` that the function sees.
 *
 * @param origin scheme and host of that URL: ours, never what a client wrote in `Host`
 * @see https://www.rfc-editor.org/rfc/rfc9112#name-absolute-form
 */
export async function forward(
  dispatcher: Dispatcher,
  call: Call,
  { origin, signal }: { origin: string; signal: AbortSignal },
): Promise<Forwarded> {
  const headers = endToEnd(call.headers, 'host', 'expect', ...(call.body === null ? ['content-length'] : []))
  const response = await dispatcher.request({
    path: origin + call.path,
    method: call.method as Dispatcher.HttpMethod,
    headers: ['host', new URL(origin).host, ...headers.flat()],
    body: call.body,
    signal,
    responseHeaders: 'raw',
  })
  const received = pairs(response.headers)
  const failed = response.statusCode >= 500 && !received.some(([name]) => name.toLowerCase() === 'sb-error-code')
  return {
    status: response.statusCode,
    headers: [...endToEnd(received), ...(failed ? [['sb-error-code', 'EDGE_FUNCTION_ERROR'] as const] : [])],
    body: response.body,
  }
}

/** undici's raw headers: name, value, name, value … */
function pairs(raw: unknown): HeaderPairs {
  if (!Array.isArray(raw)) return []
  const texts = raw.map((part) => (Buffer.isBuffer(part) ? part.toString('latin1') : String(part)))
  return Array.from({ length: texts.length / 2 }, (_, i) => [texts[2 * i] ?? '', texts[2 * i + 1] ?? ''])
}
