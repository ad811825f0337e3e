/** A row as Postgres' text of each column. */
export type TextRow = readonly (string | null)[]

/** What is done with the messages of one exchange. */
export interface MessageHandler {
  /** Whether the bytes of the coming row's one column are wanted as they arrive, rather than a row of texts. */
  readonly wantsBytes: boolean
  row(fields: TextRow): void
  /** A column begins, of so many bytes; null for a null, which no bytes follow. */
  value(size: number | null): void
  bytes(chunk: Buffer): void
  commandComplete(): void
  /** Fields of an ErrorResponse by their one-letter codes. */
  error(fields: Readonly<Record<string, string>>): void
  /** The transaction is over; `status` is `I`, `T` or `E`. */
  ready(status: string): void
}

const header = 5
/** Header, number of columns, length of the first. */
const rowHeader = header + 6

/**
 * Takes backend messages out of the chunks of a socket. The one column of a row can be handed on in pieces: JSON of any
 * size then goes from Postgres to a client without ever being one string.
 */
export class MessageReader {
  readonly #handler: () => MessageHandler | undefined
  /** The beginning of a message too short to tell its length. */
  #rest: Buffer | undefined
  /** A message that comes in several chunks. */
  #gathered: Buffer[] = []
  #missing = 0
  /** Bytes of a column that are still to come. */
  #streaming = 0

  constructor(handler: () => MessageHandler | undefined) {
    this.#handler = handler
  }

  push(received: Buffer): void {
    let chunk = received
    if (this.#streaming > 0) {
      const part = chunk.subarray(0, this.#streaming)
      this.#streaming -= part.length
      this.#handler()?.bytes(part)
      chunk = chunk.subarray(part.length)
    } else if (this.#missing > 0) {
      const part = chunk.subarray(0, this.#missing)
      this.#gathered.push(part)
      this.#missing -= part.length
      if (this.#missing > 0) return
      const message = Buffer.concat(this.#gathered)
      this.#gathered = []
      this.#message(message, 0, message.length)
      chunk = chunk.subarray(part.length)
    } else if (this.#rest) {
      chunk = Buffer.concat([this.#rest, chunk])
      this.#rest = undefined
    }
    this.#messages(chunk)
  }

  #messages(chunk: Buffer): void {
    let at = 0
    while (at + header <= chunk.length) {
      const end = at + 1 + chunk.readUInt32BE(at + 1)
      if (end <= chunk.length) {
        this.#message(chunk, at, end)
        at = end
        continue
      }
      const handler = this.#handler()
      if (chunk[at] !== codes.dataRow || !handler?.wantsBytes) {
        this.#gathered = [chunk.subarray(at)]
        this.#missing = end - chunk.length
        return
      }
      if (at + rowHeader > chunk.length) break
      const size = oneColumn(chunk, at, end)
      handler.value(size)
      handler.bytes(chunk.subarray(at + rowHeader))
      this.#streaming = end - chunk.length
      return
    }
    if (at < chunk.length) this.#rest = chunk.subarray(at)
  }

  #message(chunk: Buffer, at: number, end: number): void {
    const handler = this.#handler()
    switch (chunk[at]) {
      case codes.dataRow:
        if (!handler) return
        if (!handler.wantsBytes) return void handler.row(readRow(chunk, at + header))
        if (chunk.readInt32BE(at + 7) < 0) return void handler.value(null)
        handler.value(oneColumn(chunk, at, end))
        return void handler.bytes(chunk.subarray(at + rowHeader, end))
      case codes.commandComplete:
      case codes.emptyQuery:
        return void handler?.commandComplete()
      case codes.error:
        return void handler?.error(readFields(chunk, at + header))
      case codes.ready:
        return void handler?.ready(String.fromCharCode(chunk[at + header] ?? 0))
      default:
      // Acknowledgements, notices, changed parameters.
    }
  }
}

const codes = { dataRow: 0x44, commandComplete: 0x43, emptyQuery: 0x49, error: 0x45, ready: 0x5a } as const

function oneColumn(chunk: Buffer, at: number, end: number): number {
  const size = chunk.readInt32BE(at + 7)
  if (chunk.readUInt16BE(at + header) !== 1 || at + rowHeader + size !== end) {
    throw new Error('a statement whose bytes are wanted answers one column')
  }
  return size
}

function readRow(chunk: Buffer, start: number): TextRow {
  const count = chunk.readUInt16BE(start)
  const fields = new Array<string | null>(count)
  let at = start + 2
  for (let i = 0; i < count; i++) {
    const size = chunk.readInt32BE(at)
    at += 4
    fields[i] = size < 0 ? null : chunk.toString('utf8', at, at + size)
    if (size > 0) at += size
  }
  return fields
}

function readFields(chunk: Buffer, start: number): Record<string, string> {
  const fields: Record<string, string> = {}
  for (let at = start; chunk[at]; ) {
    const end = chunk.indexOf(0, at)
    fields[String.fromCharCode(chunk[at] ?? 0)] = chunk.toString('utf8', at + 1, end)
    at = end + 1
  }
  return fields
}
