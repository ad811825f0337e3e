/** A row as Postgres' text of each column. */
export type TextRow = readonly (string | null)[]

/** What is wanted of a row: the text of each column, or of the first one its bytes and of the others their texts. */
export type Wanted = 'nothing' | 'texts' | 'bytes'

/** What is done with the messages of one exchange. */
export interface MessageHandler {
  /** What is wanted of the coming row. */
  readonly wanted: Wanted
  /** The texts; where bytes are wanted, those of the other columns, if there are any. */
  row(fields: TextRow): void
  /** A first column begins, of so many bytes; null for a null, which no bytes follow. */
  value(size: number | null): void
  /** Some of its bytes. They are there until this returns. */
  bytes(from: Buffer, start: number, end: number): void
  commandComplete(): void
  /** Fields of an ErrorResponse by their one-letter codes. */
  error(fields: Readonly<Record<string, string>>): void
  /** The transaction is over. */
  ready(): void
}

const header = 5
/** Header, number of columns, length of the first. */
const rowHeader = header + 6

/**
 * Takes backend messages out of what a socket receives. A row's first column can be handed on in pieces: JSON of any size
 * then goes from Postgres to a client without ever being one string.
 */
export class MessageReader {
  readonly #handler: MessageHandler
  /** The beginning of a message too short to tell its length. */
  #rest: Buffer | undefined
  /** A message that comes in several parts, or what follows the first column of a row. */
  #gathered: Buffer[] = []
  #missing = 0
  #isTail = false
  /** Bytes of a first column that are still to come, and of the columns behind it. */
  #streaming = 0
  #tail = 0

  constructor(handler: MessageHandler) {
    this.#handler = handler
  }

  /** @param received is another's as soon as this returns: what is kept of it is copied */
  push(received: Buffer, size: number): void {
    let at = 0
    if (this.#streaming > 0) {
      at = Math.min(this.#streaming, size)
      this.#streaming -= at
      this.#handler.bytes(received, 0, at)
      if (this.#streaming === 0 && this.#tail > 0) this.#gather(this.#tail, true)
    }
    if (this.#missing > 0) {
      const end = Math.min(at + this.#missing, size)
      this.#gathered.push(Buffer.from(received.subarray(at, end)))
      this.#missing -= end - at
      if (this.#missing > 0) return
      this.#complete()
      at = end
    }
    if (this.#rest) {
      const whole = Buffer.concat([this.#rest, received.subarray(at, size)])
      this.#rest = undefined
      this.#messages(whole, 0, whole.length)
    } else this.#messages(received, at, size)
  }

  #messages(bytes: Buffer, from: number, size: number): void {
    let at = from
    while (at + header <= size) {
      const end = at + 1 + bytes.readUInt32BE(at + 1)
      if (end <= size) {
        this.#message(bytes, at, end)
        at = end
        continue
      }
      if (bytes[at] === codes.dataRow && this.#handler.wanted === 'bytes') {
        if (at + rowHeader > size) break
        return void this.#begin(bytes, at, end, size)
      }
      this.#gather(end - at, false)
      this.#gathered.push(Buffer.from(bytes.subarray(at, size)))
      this.#missing -= size - at
      return
    }
    if (at < size) this.#rest = Buffer.from(bytes.subarray(at, size))
  }

  #message(bytes: Buffer, at: number, end: number): void {
    const handler = this.#handler
    switch (bytes[at]) {
      case codes.dataRow: {
        const { wanted } = handler
        if (wanted === 'nothing') return
        if (wanted === 'texts') return void handler.row(readColumns(bytes, at + 7, bytes.readUInt16BE(at + header)))
        const last = this.#value(bytes, at, end)
        if (last > at + rowHeader) handler.bytes(bytes, at + rowHeader, last)
        if (last < end) handler.row(readColumns(bytes, last, bytes.readUInt16BE(at + header) - 1))
        return
      }
      case codes.commandComplete:
      case codes.emptyQuery:
        return void handler.commandComplete()
      case codes.error:
        return void handler.error(readFields(bytes, at + header))
      case codes.ready:
        return void handler.ready()
      default:
      // Acknowledgements, notices, changed parameters.
    }
  }

  /** A row whose first column is handed on while it arrives. */
  #begin(bytes: Buffer, at: number, end: number, size: number): void {
    const last = this.#value(bytes, at, end)
    if (last > at + rowHeader) this.#handler.bytes(bytes, at + rowHeader, Math.min(last, size))
    this.#tail = end - last
    if (last > size) {
      this.#streaming = last - size
      return
    }
    this.#gather(this.#tail, true)
    this.#gathered.push(Buffer.from(bytes.subarray(last, size)))
    this.#missing -= size - last
  }

  /** Tells of a row's first column, and answers where it ends. */
  #value(bytes: Buffer, at: number, end: number): number {
    if (end < at + rowHeader) throw new Error('a row whose bytes are wanted has no column')
    const size = bytes.readInt32BE(at + header + 2)
    const last = at + rowHeader + Math.max(size, 0)
    if (last > end) throw new Error('a column is longer than its row')
    this.#handler.value(size < 0 ? null : size)
    return last
  }

  #gather(size: number, isTail: boolean): void {
    this.#missing = size
    this.#isTail = isTail
  }

  #complete(): void {
    const message = Buffer.concat(this.#gathered)
    this.#gathered = []
    if (this.#isTail) this.#handler.row(readColumns(message, 0, Number.POSITIVE_INFINITY))
    else this.#message(message, 0, message.length)
  }
}

const codes = { dataRow: 0x44, commandComplete: 0x43, emptyQuery: 0x49, error: 0x45, ready: 0x5a } as const

/** So many columns, or as many as there are. */
function readColumns(bytes: Buffer, start: number, count: number): TextRow {
  const fields: (string | null)[] = []
  for (let at = start; fields.length < count && at < bytes.length; ) {
    const size = bytes.readInt32BE(at)
    at += 4
    fields.push(size < 0 ? null : bytes.toString('utf8', at, at + size))
    if (size > 0) at += size
  }
  return fields
}

function readFields(bytes: Buffer, start: number): Record<string, string> {
  const fields: Record<string, string> = {}
  for (let at = start; bytes[at]; ) {
    const end = bytes.indexOf(0, at)
    fields[String.fromCharCode(bytes[at] ?? 0)] = bytes.toString('utf8', at + 1, end)
    at = end + 1
  }
  return fields
}
