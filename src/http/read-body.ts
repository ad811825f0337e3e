import type { IncomingMessage } from 'node:http'
import { PorticoError } from '#errors'

/** The whole body, at most `limit` bytes; a larger one is refused as soon as that is known. */
export function readBody(req: IncomingMessage, limit: number): Promise<Buffer> {
  // An async iterator costs more than everything else that is done to a small request.
  return new Promise((resolve, reject) => {
    const tooLarge = () => reject(new PorticoError('PAYLOAD_TOO_LARGE'))
    if (Number(req.headers['content-length'] ?? 0) > limit) return tooLarge()
    const chunks: Buffer[] = []
    let size = 0
    req.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= limit) return void chunks.push(chunk)
      req.pause()
      req.removeAllListeners('data')
      tooLarge()
    })
    req.once('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)))
    req.once('error', reject)
  })
}
