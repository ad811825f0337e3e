import type { ServerResponse } from 'node:http'
import { latin1Of, type RestError } from './errors/index.ts'
import type { RestAnswer } from './respond/index.ts'

export function refusal(error: RestError): RestAnswer {
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    // A function may have made the code up: a header takes visible letters alone.
    'proxy-status': `PostgREST; error=${error.code.replaceAll(/[^\x21-\x7e]/g, '')}`,
    ...error.headers,
  }
  const { status, statusText } = error
  return { status, ...(statusText !== undefined && { statusText }), headers, body: JSON.stringify(error.body) }
}

export function toResponse({ status, statusText, headers, body }: RestAnswer, method: string): Response {
  const all = new Headers()
  for (const [name, value] of Object.entries(headers)) {
    for (const one of [value].flat()) all.append(name, one)
  }
  const said = statusText === undefined ? {} : { statusText: latin1Of(statusText) }
  return new Response(isEmpty(status, body, method) ? null : body, { status, ...said, headers: all })
}

/** Straight to the socket: for most answers, making a `Response` would cost as much as all else. */
export function writeTo(res: ServerResponse, { status, statusText, headers, body }: RestAnswer, method: string): void {
  if (statusText !== undefined) res.statusMessage = latin1Of(statusText)
  if (isEmpty(status, body, method)) return void res.writeHead(status, headers).end()
  const bytes = typeof body === 'string' ? Buffer.from(body) : (body ?? Buffer.alloc(0))
  res.writeHead(status, { ...headers, 'content-length': bytes.length }).end(bytes)
}

function isEmpty(status: number, body: RestAnswer['body'], method: string): boolean {
  return body === null || method === 'HEAD' || status === 204 || status === 304
}
