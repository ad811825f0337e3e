import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Call, headerOf, type RawHeaders, type Recipient } from './exchange.ts'

/** A call as `node:http` receives it. */
export function callFrom(req: IncomingMessage, path: string, headers: readonly string[]): Call {
  const { 'content-length': length, 'transfer-encoding': coding } = req.headers
  const hasBody = coding !== undefined || (length !== undefined && length !== '0')
  return { method: req.method ?? 'GET', path, headers, body: hasBody ? req : null }
}

const ready: (() => void)[] = []

/** Writes what is ready in one turn of the event loop one after the other: each write by itself would wake its reader. */
function together(write: () => void): void {
  if (ready.push(write) === 1)
    setImmediate(() => {
      for (const each of ready.splice(0)) each()
    })
}

/** A body of so many bytes, that comes in one piece, is sent in one piece with its head. */
const small = 16 * 1024

/** Writes a response to `node:http` as it comes. */
export function nodeRecipient(res: ServerResponse): Recipient {
  let held: { readonly status: number; readonly headers: RawHeaders } | undefined
  let whole = false
  const writeHeld = () => {
    if (held) res.writeHead(held.status, held.headers as string[])
    held = undefined
  }
  return {
    head(status, headers) {
      held = { status, headers }
      if (!(Number(headerOf(headers, 'content-length')) <= small)) writeHeld()
    },
    data(chunk) {
      const isWhole = held !== undefined && Number(headerOf(held.headers, 'content-length')) === chunk.length
      if (!isWhole) {
        writeHeld()
        return res.write(chunk)
      }
      // As one string, head and body are one write to the socket; as two buffers they are gathered first.
      const body = chunk.toString('latin1')
      whole = true
      together(() => {
        if (res.destroyed) return
        writeHeld()
        res.end(body, 'latin1')
      })
      return true
    },
    end() {
      if (whole) return
      writeHeld()
      res.end()
    },
    broken() {
      held = undefined
      res.destroy()
    },
    onReady: (resume) => void res.on('drain', resume),
    onGone: (leave) => void res.on('close', () => res.writableFinished || leave()),
  }
}
