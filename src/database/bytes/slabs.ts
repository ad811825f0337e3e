/** Bytes of a slab. */
export const slabSize = 64 * 1024

/** Idle ones that are kept for the next. */
const most = 64

const idle: Buffer[] = []

/**
 * Room for bytes that are held for a while, to be given back. Memory outside of V8's heap that is taken and left to the
 * garbage collector makes it look through the whole heap every few hundred large answers.
 */
export function takeSlab(): Buffer {
  return idle.pop() ?? Buffer.allocUnsafeSlow(slabSize)
}

/** Nobody may read or write it any more. */
export function giveSlab(slab: Buffer): void {
  if (idle.length < most) idle.push(slab)
}
