/**
 * The whole of a stream, at most `limit` bytes.
 *
 * @throws what `tooLarge` makes, as soon as that is known
 */
export async function readStream(
  stream: AsyncIterable<Uint8Array> | null | undefined,
  limit: number,
  tooLarge: () => Error,
): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream ?? []) {
    size += chunk.byteLength
    if (size > limit) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
