import { Readable } from 'node:stream'
import type { ReadableStream as WebStream } from 'node:stream/web'
import type { Answer, Call } from './exchange.ts'

/** A call as a fetch handler receives it. */
export function callOf(request: Request): Call {
  const { pathname, search } = new URL(request.url)
  return {
    method: request.method,
    path: pathname + search,
    headers: [...request.headers],
    body: request.body === null ? null : Readable.fromWeb(request.body as WebStream),
    signal: request.signal,
  }
}

/** An answer as a fetch handler returns it. */
export function responseOf({ status, headers, body }: Answer): Response {
  return new Response(body instanceof Readable ? (Readable.toWeb(body) as ReadableStream) : body, {
    status,
    headers: headers.map(([name, value]): [string, string] => [name, value]),
  })
}
