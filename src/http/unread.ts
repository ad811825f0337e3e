import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { catalogue } from '#errors'
import { corsHeaders } from './cors.ts'
import { sayGoodbye } from './say-goodbye.ts'

/** Bytes of a request's line and headers: a filter by some thousand ids is a long URL. */
export const maxHeaderSize = 128 * 1024

/** Refuses what node:http could not read as a request, so that a browser, too, can read why. */
export function refuseUnread(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const code = error.code === 'HPE_HEADER_OVERFLOW' ? 'URI_TOO_LONG' : 'BAD_REQUEST'
  const { status, message } = catalogue[code]
  const body = JSON.stringify({ code, message })
  const headers = {
    ...corsHeaders,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  sayGoodbye(socket as Socket, `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('\r\n')}\r\n\r\n${body}`)
}
