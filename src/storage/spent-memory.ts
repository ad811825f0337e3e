const owned = new WeakSet<ArrayBufferLike>()

/** Says that nobody else has this chunk, so that who used it last may {@link release} it. */
export function own(chunk: Uint8Array): void {
  owned.add(chunk.buffer)
}

/**
 * Gives the memory of a chunk back at once, if it is the service's own and no part of a larger one. Left to itself, V8
 * would go through the whole heap every few chunks of an upload to find which of them are used no more.
 */
export function release({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && byteLength === buffer.byteLength && owned.delete(buffer)) buffer.transfer(0)
}
