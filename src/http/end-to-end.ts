import type { IncomingHttpHeaders } from 'node:http'

const hopByHop = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
]

/** What says how the body is delimited is never the other side's to take away. */
const framing = new Set(['content-length', 'host', 'transfer-encoding'])

/**
 * Takes away the headers that belong to the connection a message came over, and not to the message (RFC 9110, 7.6.1).
 * `Transfer-Encoding` stays: node:http reads and writes the chunks, and needs it to know that there are any.
 */
export function keepEndToEnd(headers: IncomingHttpHeaders): void {
  const named = headers.connection?.split(',').map((name) => name.trim().toLowerCase()) ?? []
  for (const name of [...hopByHop, ...named]) if (!framing.has(name)) delete headers[name]
}
