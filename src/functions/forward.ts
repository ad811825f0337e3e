import type { Dispatcher } from 'undici'
import { type Call, endToEnd, headerOf, type RawHeaders } from './exchange.ts'

/** What comes of a forwarded call, in order; `failed` ends it at any time. */
export interface Forwarding {
  head(status: number, headers: RawHeaders): void
  /** @returns false to have the function wait until `resume` */
  data(chunk: Buffer): boolean
  end(): void
  failed(error: Error): void
}

export interface Forwarded {
  resume(): void
  abort(reason: Error): void
}

const ours: ReadonlySet<string> = new Set(['host', 'expect'])
const oursWithoutBody: ReadonlySet<string> = new Set(['host', 'expect', 'content-length'])

/**
 * Sends a call to a worker's socket as an HTTP request for an absolute URL, which is the `request.url` that the function sees.
 *
 * @param origin scheme and host of that URL: ours, never what a client wrote in `Host`
 * @see https://www.rfc-editor.org/rfc/rfc9112#name-absolute-form
 */
export function forward(
  dispatcher: Dispatcher,
  call: Call,
  { origin, host }: { origin: string; host: string },
  forwarding: Forwarding,
): Forwarded {
  let control: Dispatcher.DispatchController | undefined
  let aborted: Error | undefined
  const headers = ['host', host, ...endToEnd(call.headers, call.body === null ? oursWithoutBody : ours)]
  const options = { path: origin + call.path, method: call.method as Dispatcher.HttpMethod, headers, body: call.body }
  dispatcher.dispatch(options, {
    onRequestStart(controller) {
      control = controller
      if (aborted) controller.abort(aborted)
    },
    onResponseStart(controller, status) {
      if (status < 200) return
      const received = endToEnd(texts(controller.rawHeaders))
      if (status >= 500 && headerOf(received, 'sb-error-code') === undefined) {
        received.push('sb-error-code', 'EDGE_FUNCTION_ERROR')
      }
      forwarding.head(status, received)
    },
    onResponseData(controller, chunk) {
      if (!forwarding.data(chunk)) controller.pause()
    },
    onResponseEnd: () => forwarding.end(),
    onResponseError: (_controller, error) => forwarding.failed(error),
  })
  return {
    resume: () => control?.resume(),
    abort(reason) {
      aborted = reason
      control?.abort(reason)
    },
  }
}

function texts(raw: Dispatcher.DispatchController['rawHeaders']): string[] {
  return Array.isArray(raw) ? raw.map((part) => (typeof part === 'string' ? part : part.toString('latin1'))) : []
}
