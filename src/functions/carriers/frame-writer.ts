import { frameHead } from './frame-reader.ts'

/** Bytes of memory to begin with, and those that are kept for the next frames at most. */
const usual = 16 * 1024
const mostKept = 256 * 1024

/** Writes frames one behind the other, until all are taken. */
export class FrameWriter {
  #bytes = Buffer.allocUnsafeSlow(usual)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** A frame of bytes, of a number, or of nothing. */
  add(kind: number, id: number, content?: number): void {
    this.#room(frameHead + 4)
    this.#head(content === undefined ? 0 : 4, id, kind)
    if (content !== undefined) this.#size = this.#bytes.writeUInt32LE(content, this.#size)
  }

  /** A frame of a text, its size in front, and bytes. */
  addWithBody(kind: number, id: number, text: string, body: Uint8Array): void {
    // A character of a header is one byte, of which UTF-8 makes two at most.
    this.#room(frameHead + 4 + 3 * text.length + body.length)
    const at = this.#size
    const start = at + frameHead + 4
    const written = this.#bytes.write(text, start)
    this.#head(4 + written + body.length, id, kind)
    this.#bytes.writeUInt32LE(written, start - 4)
    this.#bytes.set(body, start + written)
    this.#size = start + written + body.length
  }

  /** All that was added, for the taker to keep. */
  take(): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(0, this.#size))
    this.#size = 0
    if (this.#bytes.length > mostKept) this.#bytes = Buffer.allocUnsafeSlow(usual)
    return taken
  }

  #head(size: number, id: number, kind: number): void {
    this.#bytes.writeUInt32LE(size, this.#size)
    this.#bytes.writeUInt32LE(id, this.#size + 4)
    this.#bytes[this.#size + 8] = kind
    this.#size += frameHead
  }

  #room(more: number): void {
    const least = this.#size + more
    if (least <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(least, 2 * this.#bytes.length))
    this.#bytes.copy(larger, 0, 0, this.#size)
    this.#bytes = larger
  }
}
