/** A parameter as Postgres reads it: its text, or bytes that are text already. */
export type WireValue = string | Buffer | null

/** Texts longer than this are measured before they are written, rather than given room for their worst case. */
const long = 4096

/** Texts up to this are written letter by letter. */
const short = 24

/**
 * Writes frontend messages of the extended query protocol, one after the other, into one buffer: a round trip is one
 * write to the socket. See "Message Formats" of Postgres' documentation.
 */
export class MessageWriter {
  #buffer = Buffer.allocUnsafeSlow(16_384)
  #at = 0

  parse(name: string, text: string): void {
    const start = this.#begin(codes.parse)
    this.#zeroEnded(name)
    this.#zeroEnded(text)
    this.#int16(0)
    this.#end(start)
  }

  /** Binds and executes; every value and every column of the answer is text. */
  run(name: string, values: readonly WireValue[]): void {
    const start = this.#begin(codes.bind)
    // The unnamed portal.
    this.#zeroEnded('')
    this.#zeroEnded(name)
    this.#int16(0)
    this.#int16(values.length)
    for (const value of values) this.#value(value)
    this.#int16(0)
    this.#end(start)
    this.#copy(executeAll)
  }

  /** Forgets a prepared statement; one that is not there is no error. */
  close(name: string): void {
    const start = this.#begin(codes.close)
    this.#room(1)
    this.#buffer[this.#at++] = codes.statement
    this.#zeroEnded(name)
    this.#end(start)
  }

  sync(): void {
    this.#copy(sync)
  }

  /** Bytes written since the last `take`. */
  get size(): number {
    return this.#at
  }

  /** Drops what was written since `size` was this. */
  rewind(size: number): void {
    this.#at = size
  }

  /** What was written since the last time; the writer may be used again at once. */
  take(): Buffer {
    const written = this.#buffer.subarray(0, this.#at)
    this.#at = 0
    if (written.length <= largestKept) return Buffer.from(written)
    this.#buffer = Buffer.allocUnsafeSlow(16_384)
    return written
  }

  #begin(code: number): number {
    this.#room(5)
    this.#buffer[this.#at] = code
    this.#at += 5
    return this.#at - 4
  }

  #end(start: number): void {
    this.#buffer.writeUInt32BE(this.#at - start, start)
  }

  #int16(value: number): void {
    this.#room(2)
    this.#at = this.#buffer.writeUInt16BE(value, this.#at)
  }

  #zeroEnded(text: string): void {
    // A zero within would end it early, and what follows would be read as something else.
    if (text.includes('\0')) throw new Error('SQL may not hold the character zero')
    this.#text(text)
    this.#room(1)
    this.#buffer[this.#at++] = 0
  }

  #value(value: WireValue): void {
    this.#room(4)
    const start = this.#at
    this.#at += 4
    if (value === null) {
      this.#buffer.writeInt32BE(-1, start)
      return
    }
    if (typeof value === 'string') this.#text(value)
    else this.#copy(value)
    this.#buffer.writeInt32BE(this.#at - start - 4, start)
  }

  #text(text: string): void {
    const { length } = text
    this.#room(length > long ? Buffer.byteLength(text) : 3 * length)
    // A call of Node's costs as much as some letters one by one.
    if (length > short || !this.#letters(text)) this.#at += this.#buffer.write(text, this.#at, 'utf8')
  }

  /** Writes a text of ASCII. False, and nothing is written, for any other. */
  #letters(text: string): boolean {
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (code > 0x7f) return false
      this.#buffer[this.#at + i] = code
    }
    this.#at += text.length
    return true
  }

  #copy(bytes: Buffer): void {
    this.#room(bytes.length)
    this.#at += bytes.copy(this.#buffer, this.#at)
  }

  #room(size: number): void {
    if (this.#at + size <= this.#buffer.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#buffer.length, this.#at + size))
    this.#buffer.copy(larger, 0, 0, this.#at)
    this.#buffer = larger
  }
}

const codes = { parse: 0x50, bind: 0x42, execute: 0x45, close: 0x43, sync: 0x53, statement: 0x53 } as const

const largestKept = 65_536

/** Execute of the unnamed portal, without a limit of rows. */
const executeAll = Buffer.from([codes.execute, 0, 0, 0, 9, 0, 0, 0, 0, 0])
const sync = Buffer.from([codes.sync, 0, 0, 0, 4])
