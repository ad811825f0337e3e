import { PorticoError } from '#errors'

/** Bytes of what a subscription is asked with, all of which is kept as long as it is open. */
const most = 64 * 1024

/**
 * @param asked the document, the variables and whatever else came with them
 * @throws PorticoError OPERATION_TOO_COMPLEX
 */
export function boundBrought(asked: unknown): void {
  const size = Buffer.byteLength(JSON.stringify(asked))
  if (size <= most) return
  const message = `The subscription has ${size} bytes, with its variables; it may bring ${most}.`
  throw new PorticoError('OPERATION_TOO_COMPLEX', { message })
}
