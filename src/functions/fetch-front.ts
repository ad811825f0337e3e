import { Readable } from 'node:stream'
import type { ReadableStream as WebStream } from 'node:stream/web'
import type { Call, RawHeaders, Recipient, Sender } from './exchange.ts'

/** A call as a fetch handler receives it. How long its body is, the body says. */
export function callOf(request: Request): Call {
  const { pathname, search } = new URL(request.url)
  return {
    method: request.method,
    path: pathname + search,
    headers: [...request.headers].flatMap((header) => (header[0] === 'content-length' ? [] : header)),
    body: request.body === null ? null : Readable.fromWeb(request.body as WebStream),
  }
}

// Responses with these may have no body, not even an empty one.
const bodiless: ReadonlySet<number> = new Set([101, 204, 205, 304])

/** Takes a response in, and gives it as a fetch handler returns it. */
export function responseRecipient(signal: AbortSignal): Recipient & { readonly response: Promise<Response> } {
  const { promise, resolve, reject } = Promise.withResolvers<Response>()
  let body: ReadableStreamDefaultController<Uint8Array> | undefined
  let begun = false
  let sender: Sender | undefined
  signal.addEventListener('abort', () => sender?.leave(), { once: true })

  return {
    response: promise,
    head(status, headers) {
      begun = true
      const stream = new ReadableStream<Uint8Array>(
        {
          start: (controller) => {
            body = controller
          },
          pull: () => sender?.resume(),
          cancel: () => sender?.leave(),
        },
        new ByteLengthQueuingStrategy({ highWaterMark: 64 * 1024 }),
      )
      // A client that left before is told nothing: fetch knows no 499.
      const known = status >= 200 && status <= 599 ? status : 500
      resolve(new Response(bodiless.has(status) ? null : stream, { status: known, headers: pairs(headers) }))
    },
    data(chunk) {
      body?.enqueue(chunk)
      return (body?.desiredSize ?? 1) > 0
    },
    end: () => close(() => body?.close()),
    broken: (error) => (begun ? close(() => body?.error(error)) : reject(error)),
    tell(next) {
      sender = next
      if (signal.aborted) sender.leave()
    },
  }
}

/** A stream that its reader cancelled can be closed no more. */
function close(work: () => void): void {
  try {
    work()
  } catch {}
}

function pairs(headers: RawHeaders): [string, string][] {
  return Array.from({ length: headers.length / 2 }, (_, i) => [headers[2 * i] ?? '', headers[2 * i + 1] ?? ''])
}
