import type { ServerResponse } from 'node:http'
import type { Bytes } from './bytes.ts'
import { giveSlab, slabSize, takeSlab } from './slabs.ts'

/** Ends a response whose head is written with its whole body, and releases the bytes once they are sent. */
export function endWith(res: ServerResponse, bytes: Bytes): void {
  const { pieces } = bytes
  let text = ''
  for (const piece of pieces) {
    if (typeof piece !== 'string') return void endWithMany(res, bytes)
    text += piece
  }
  res.end(text, 'latin1')
}

function endWithMany(res: ServerResponse, bytes: Bytes): void {
  // Not where the connection breaks: the system may hold them yet.
  res.once('finish', () => bytes.release())
  endInTime(res, bytes.size, () => res.destroy())
  res.cork()
  for (const piece of bytes.pieces) {
    if (typeof piece === 'string') res.write(piece, 'latin1')
    else res.write(piece)
  }
  res.end()
  res.uncork()
}

/** Milliseconds that a client may take for a response whatever its size, and bytes a second that it has to take. */
const patience = 30_000
const leastRate = 64 * 1024

/** Ends a response that its client takes too slowly: as long as it does, something here is kept for it. */
function endInTime(res: ServerResponse, size: number, end: () => void): void {
  const timer = setTimeout(end, patience + (size / leastRate) * 1000)
  res.once('close', () => clearTimeout(timer))
}

/** Writes a copy of some bytes; false where the client takes no more for now. */
export function writeCopy(res: ServerResponse, from: Buffer, start: number, end: number): boolean {
  let ready = true
  for (let at = start; at < end; at += slabSize) {
    const slab = takeSlab()
    const copied = from.copy(slab, 0, at, Math.min(end, at + slabSize))
    ready = res.write(slab.subarray(0, copied), (error) => !error && giveSlab(slab))
  }
  return ready
}
