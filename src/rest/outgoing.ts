import type { ServerResponse } from 'node:http'
import { bufferOf, bytesOf, endWith, pieceOf } from '#database'
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
  const body = bytesOf(pieceOf(JSON.stringify(error.body)))
  return { status, ...(statusText !== undefined && { statusText }), headers, body }
}

export function toResponse({ status, statusText, headers, body }: RestAnswer, method: string): Response {
  const all = new Headers()
  for (const [name, value] of Object.entries(headers)) {
    for (const one of [value].flat()) all.append(name, one)
  }
  const said = statusText === undefined ? {} : { statusText: latin1Of(statusText) }
  const shown = body && hasBody(status, method) ? bufferOf(body) : null
  body?.release()
  return new Response(shown, { status, ...said, headers: all })
}

/** Straight to the socket, in the pieces that it came in: making a text of it would cost as much as all else. */
export function writeTo(res: ServerResponse, { status, statusText, headers, body }: RestAnswer, method: string): void {
  if (statusText !== undefined) res.statusMessage = latin1Of(statusText)
  const list = listOf(headers)
  const bodied = hasBody(status, method)
  if (bodied) list.push('content-length', String(body?.size ?? 0))
  res.writeHead(status, list)
  if (body && bodied) return void endWith(res, body)
  body?.release()
  res.end()
}

/** Names and values in turn, as node:http writes them fastest. */
function listOf(headers: RestAnswer['headers']): string[] {
  const list: string[] = []
  for (const name in headers) {
    const value = headers[name] ?? []
    if (typeof value === 'string') list.push(name, value)
    else for (const one of value) list.push(name, one)
  }
  return list
}

function hasBody(status: number, method: string): boolean {
  return method !== 'HEAD' && status !== 204 && status !== 304
}
