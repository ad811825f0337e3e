/** Size of what follows, id of the call, kind: before each frame, little-endian. */
export const frameHead = 9

/** Bytes of a frame's content at most, which both sides keep to. */
export const mostContent = 192 * 1024

/** @param from the content is in there between `start` and `end`, until this returns */
export type FrameHandler = (kind: number, id: number, from: Buffer, start: number, end: number) => void

/** Takes frames out of what a socket receives, in whatever pieces that comes. */
export class FrameReader {
  readonly #handler: FrameHandler
  /** The beginning of a frame whose end has not come. */
  #rest: Buffer = Buffer.alloc(0)

  constructor(handler: FrameHandler) {
    this.#handler = handler
  }

  /**
   * @param received another's as soon as this returns
   * @throws RangeError for a frame larger than one may be
   */
  push(received: Buffer): void {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, received]) : received
    let at = 0
    while (bytes.length - at >= frameHead) {
      const size = bytes.readUInt32LE(at)
      if (size > mostContent) throw new RangeError('a frame larger than one may be')
      const start = at + frameHead
      if (bytes.length < start + size) break
      at = start + size
      this.#handler(bytes[start - 1] ?? 0, bytes.readUInt32LE(start - 5), bytes, start, at)
    }
    // What was gathered is nobody else's.
    const left = bytes.subarray(at)
    this.#rest = bytes === received && left.length > 0 ? Buffer.from(left) : left
  }
}
