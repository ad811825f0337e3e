import type { IncomingMessage } from 'node:http'

/** Made when they are needed: an error remembers where it comes from, which costs more than reading a small body. */
export interface Refusals {
  tooLarge(): Error
  /** The client went away before its body was whole. */
  gone(): Error
}

/**
 * The whole body of a request from the network, at most `limit` bytes; a larger one is refused as soon as that is known.
 * By events: a loop over the stream's pieces costs more than everything else that is done to a small request.
 */
export function readMessage(message: IncomingMessage, limit: number, refusals: Refusals): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const tooLarge = () => reject(refusals.tooLarge())
    const gone = () => reject(refusals.gone())
    if (Number(message.headers['content-length'] ?? 0) > limit) return tooLarge()
    // What has happened is not told again: that there is no body, or meanwhile that its client has gone.
    if (message.readableEnded) return resolve(Buffer.alloc(0))
    if (message.destroyed) return gone()
    const chunks: Buffer[] = []
    let size = 0
    const collect = (chunk: Buffer) => {
      size += chunk.length
      if (size <= limit) return void chunks.push(chunk)
      message.pause()
      message.off('data', collect)
      tooLarge()
    }
    const closed = () => {
      if (!message.complete) gone()
    }
    const whole = () => {
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks))
      // Whoever listens holds the bytes, and the request lives as long as its answer is sent.
      message.off('data', collect).off('end', whole).off('error', gone).off('close', closed)
      message.on('error', ignore)
    }
    message.on('data', collect)
    message.on('end', whole)
    message.on('error', gone)
    message.on('close', closed)
  })
}

/** Made here: what is made where the bytes are holds them too. */
const ignore = () => {}
