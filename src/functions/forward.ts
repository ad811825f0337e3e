import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { type Call, endToEnd, type RawHeaders } from './exchange.ts'

/** A call whose body, where it is small, was read already. */
export interface ReadyCall extends Omit<Call, 'body'> {
  readonly body: Readable | Buffer | null
}

const ours: ReadonlySet<string> = new Set(['host', 'expect'])
const oursWithoutBody: ReadonlySet<string> = new Set(['host', 'expect', 'content-length'])

/**
 * A call as an HTTP request for an absolute URL, which is the `request.url` that the function sees.
 *
 * @param origin scheme and host of that URL: ours, never what a client wrote in `Host`
 * @see https://www.rfc-editor.org/rfc/rfc9112#name-absolute-form
 */
export function forwarded(
  { method, path, headers, body }: ReadyCall,
  { origin, host }: { readonly origin: string; readonly host: string },
): Dispatcher.DispatchOptions {
  const sent = endToEnd(headers, body === null ? oursWithoutBody : ours)
  sent.push('host', host)
  return { path: origin + path, method: method as Dispatcher.HttpMethod, headers: sent, body }
}

/**
 * The headers of a function's response, with the mark of those that are its own errors.
 *
 * @param parsed as undici has read them: names in lower case
 */
export function received(status: number, parsed: IncomingHttpHeaders): RawHeaders {
  const all: string[] = []
  for (const name in parsed) {
    const value = parsed[name]
    if (typeof value === 'string') all.push(name, value)
    else for (const one of value ?? []) all.push(name, one)
  }
  const headers = endToEnd(all)
  if (status >= 500 && !('sb-error-code' in parsed)) headers.push('sb-error-code', 'EDGE_FUNCTION_ERROR')
  return headers
}
