import type { Bytes, Piece } from './bytes.ts'
import { giveSlab, slabSize, takeSlab } from './slabs.ts'

/** Bytes of a value that is kept as a string: with a head before it, node:http copies that much where it stands. */
const small = 8 * 1024

/** Bytes of a value that counts: what is smaller is soon gone. */
const large = 1024 * 1024

/** Bytes of all large values together that are held for clients at one time. */
const most = 256 * 1024 * 1024

let held = 0

/** What was never released, since its connection broke or it was parsed, is gone when the garbage collector says so. */
const forgotten = new FinalizationRegistry((size: number) => {
  held -= size
})

/** Whether there is room for a value of so many bytes. */
export function mayHold(size: number): boolean {
  return size <= large || held + size <= most
}

/** A value of a known size that is gathered from where it arrives. */
export class HeldBytes implements Bytes {
  readonly size: number
  readonly pieces: Piece[] = []
  #slabs: Buffer[] | undefined
  #counted = false
  /** Bytes of the last slab that are taken. */
  #filled = slabSize

  constructor(size: number) {
    this.size = size
    if (size > small) this.#slabs = []
    if (size <= large) return
    held += size
    this.#counted = true
    forgotten.register(this, size, this)
  }

  /** Copies: what is at `from` may be something else afterwards. */
  add(from: Buffer, start: number, end: number): void {
    if (this.#slabs) this.#copy(this.#slabs, from, start, end)
    else if (end > start) this.pieces.push(from.toString('latin1', start, end))
  }

  release(): void {
    const slabs = this.#slabs ?? []
    this.#slabs = []
    this.pieces.length = 0
    for (const slab of slabs) giveSlab(slab)
    if (!this.#counted) return
    this.#counted = false
    held -= this.size
    forgotten.unregister(this)
  }

  #copy(slabs: Buffer[], from: Buffer, start: number, end: number): void {
    for (let at = start; at < end; ) {
      if (this.#filled === slabSize) {
        slabs.push(takeSlab())
        this.#filled = 0
      }
      const slab = slabs.at(-1) as Buffer
      const copied = from.copy(slab, this.#filled, at, end)
      const piece = slab.subarray(this.#filled, this.#filled + copied)
      this.pieces.push(piece)
      this.#filled += copied
      at += copied
    }
  }
}
