import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Call, Recipient } from './exchange.ts'

/** A call as `node:http` receives it. */
export function callFrom(req: IncomingMessage, path: string, headers: readonly string[]): Call {
  const { 'content-length': length, 'transfer-encoding': coding } = req.headers
  const hasBody = coding !== undefined || (length !== undefined && length !== '0')
  return { method: req.method ?? 'GET', path, headers, body: hasBody ? req : null }
}

/** Writes a response to `node:http` as it comes. */
export function nodeRecipient(res: ServerResponse): Recipient {
  return {
    head: (status, headers) => void res.writeHead(status, [...headers]),
    data: (chunk) => res.write(chunk),
    end: () => void res.end(),
    broken: () => void res.destroy(),
    onReady: (resume) => void res.on('drain', resume),
    onGone: (leave) => void res.once('close', () => res.writableFinished || leave()),
  }
}
