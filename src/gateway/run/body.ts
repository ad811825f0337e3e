import { type Bytes, type BytesRow, bytesOf, type Piece, pieceOf } from '#database'

/** The `data` of an answer, out of literal pieces and what the statements of these numbers answered. */
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

export function jsonBody(value: unknown): Bytes {
  return bytesOf(pieceOf(JSON.stringify(value)))
}

export const dataOpens = '{"data":'
export const dataCloses = '}'

/** What is left to send of an answer that was streamed. */
export const streamedEnd = bytesOf(dataCloses)

const none = bytesOf('null')
