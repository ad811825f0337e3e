import { type Bytes, type BytesRow, bytesOf, type Piece, pieceOf } from '#database'

/**
 * The body `{"data":…}` of an answer.
 *
 * @param parts in order: text as it is, or the number of the statement whose answer stands there
 */
export function joinBody(parts: readonly (Piece | number)[], answers: readonly (BytesRow | undefined)[]): Bytes {
  const pieces: Piece[] = [dataOpens]
  let size = dataOpens.length + dataCloses.length
  const held: Bytes[] = []
  for (const part of parts) {
    const bytes = typeof part === 'number' ? (answers[part]?.bytes ?? none) : undefined
    if (bytes) held.push(bytes)
    if (bytes) pieces.push(...bytes.pieces)
    else pieces.push(part as Piece)
    size += bytes?.size ?? (part as Piece).length
  }
  pieces.push(dataCloses)
  const release = () => {
    for (const bytes of held) bytes.release()
  }
  return { size, pieces, release }
}

/** A body that was not made by a statement: errors, or what code answered. */
export function jsonBody(value: unknown): Bytes {
  return bytesOf(pieceOf(JSON.stringify(value)))
}

export const dataOpens = '{"data":'
export const dataCloses = '}'

/** What is left to send of an answer that was streamed. */
export const streamedEnd = bytesOf(dataCloses)

const none = bytesOf('null')
