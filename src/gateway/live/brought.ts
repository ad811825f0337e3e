import { PorticoError } from '#errors'

/** Bytes of a subscription's document and variables together: they are kept as long as it is open. */
const most = 64 * 1024

/**
 * @param asked the document, the variables and whatever else came with them
 * @throws PorticoError OPERATION_TOO_COMPLEX
 */
export function boundBrought(asked: unknown): void {
  if (sizeOf(asked) <= most) return
  const message = `A subscription may bring ${most} bytes, with its variables.`
  throw new PorticoError('OPERATION_TOO_COMPLEX', { message })
}

function sizeOf(asked: unknown): number {
  try {
    return Buffer.byteLength(JSON.stringify(asked))
  } catch {
    // So deep that the stack does not hold it.
    return Number.POSITIVE_INFINITY
  }
}
