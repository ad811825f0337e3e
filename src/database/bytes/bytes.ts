/**
 * Some bytes in a row. Short ones are a string of one character a byte (`latin1`), which is nothing but an object of
 * V8's and leaves with the head of a response; a `Buffer` would be memory outside of its heap, to be accounted for.
 */
export type Piece = string | Buffer

/** Bytes in the pieces that they came in. */
export interface Bytes {
  readonly size: number
  readonly pieces: readonly Piece[]
  /**
   * Says that nobody will look at them again: what they are kept in is used for others. It may be left unsaid; the
   * garbage collector takes them then.
   */
  release(): void
}

/** A text as the bytes of its UTF-8. */
export function pieceOf(text: string): string {
  return Buffer.from(text).toString('latin1')
}

/** Bytes that nobody has to give back. */
export function bytesOf(...pieces: readonly Piece[]): Bytes {
  return { size: pieces.reduce((size, { length }) => size + length, 0), pieces, release: nothing }
}

/** A copy that is nobody else's. */
export function bufferOf({ pieces, size }: Bytes): Buffer<ArrayBuffer> {
  const all = Buffer.allocUnsafe(size)
  let at = 0
  for (const piece of pieces) {
    at += typeof piece === 'string' ? all.write(piece, at, 'latin1') : piece.copy(all, at)
  }
  return all
}

/** Bytes of UTF-8 as the text that they are. */
export function textOf(bytes: Bytes): string {
  return bufferOf(bytes).toString()
}

function nothing(): void {}
