import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Call, headerOf, type RawHeaders, type Recipient, type Sender } from './exchange.ts'

/** A call as `node:http` receives it. */
export function callFrom(req: IncomingMessage, path: string, headers: readonly string[]): Call {
  const { 'content-length': length, 'transfer-encoding': coding } = req.headers
  const hasBody = coding !== undefined || (length !== undefined && length !== '0')
  return { method: req.method ?? 'GET', path, headers, body: hasBody ? req : null }
}

/** A body of so many bytes, that comes in one piece, is sent in one piece with its head. */
const small = 16 * 1024

/** Writes a response to `node:http` as it comes. */
export class NodeRecipient implements Recipient {
  readonly #res: ServerResponse
  #sender: Sender | undefined
  /** The head, until it is written: -1 for the length of a body that is not small, or not known. */
  #held: { readonly status: number; readonly headers: RawHeaders; readonly length: number } | undefined
  #whole: string | undefined
  #isFull = false

  constructor(res: ServerResponse) {
    this.#res = res
  }

  head(status: number, headers: RawHeaders): void {
    const length = Number(headerOf(headers, 'content-length') ?? -1)
    this.#held = { status, headers, length }
    if (!(length >= 0 && length <= small)) this.#writeHead()
  }

  data(chunk: Buffer): boolean {
    if (this.#held?.length === chunk.length) {
      // As one string, head and body are one write to the socket; as two buffers they are gathered first.
      this.#whole = chunk.toString('latin1')
      together(this)
      return true
    }
    this.#writeHead()
    if (this.#res.write(chunk)) return true
    if (!this.#isFull) this.#res.once('drain', () => this.#drained())
    this.#isFull = true
    return false
  }

  end(): void {
    if (this.#whole !== undefined) return
    this.#writeHead()
    this.#res.end()
  }

  broken(): void {
    this.#held = undefined
    this.#res.destroy()
  }

  tell(sender: Sender): void {
    this.#sender = sender
    this.#res.on('close', () => this.#res.writableFinished || sender.leave())
  }

  /** Writes a response that is there as a whole. */
  writeWhole(): void {
    if (this.#res.destroyed) return
    this.#writeHead()
    this.#res.end(this.#whole, 'latin1')
  }

  #drained(): void {
    this.#isFull = false
    this.#sender?.resume()
  }

  #writeHead(): void {
    if (this.#held) this.#res.writeHead(this.#held.status, this.#held.headers as string[])
    this.#held = undefined
  }
}

const ready: NodeRecipient[] = []

/** Writes what is ready in one turn of the event loop one after the other: each write by itself would wake its reader. */
function together(recipient: NodeRecipient): void {
  if (ready.push(recipient) === 1) setImmediate(writeReady)
}

function writeReady(): void {
  for (const recipient of ready.splice(0)) recipient.writeWhole()
}
