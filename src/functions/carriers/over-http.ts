import type { Dispatcher } from 'undici'
import { type Answered, type Carrier, headTooLong } from './carrier.ts'

/** Takes calls to a process as HTTP requests. */
export function overHttp(dispatcher: Dispatcher): Carrier {
  return { carry: (call, answered) => void dispatcher.dispatch(call, handler(answered)) }
}

function handler(answered: Answered): Dispatcher.DispatchHandler {
  return {
    onRequestStart: (control) => answered.begun(control),
    onResponseStart(control, status) {
      if (status >= 200) answered.head(status, textsOf(control.rawHeaders))
    },
    onResponseData: (_control, chunk) => answered.data(chunk),
    onResponseEnd: () => answered.end(),
    onResponseError: (_control, error) => answered.failed(isTooLong(error) ? headTooLong() : error),
  }
}

/** Headers as undici has them, as texts. */
export function textsOf(raw: Dispatcher.DispatchController['rawHeaders']): string[] {
  return Array.isArray(raw) ? raw.map((part) => (typeof part === 'string' ? part : part.toString('latin1'))) : []
}

function isTooLong(error: Error): boolean {
  return 'code' in error && error.code === 'UND_ERR_HEADERS_OVERFLOW'
}
