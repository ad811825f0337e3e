import type { IncomingMessage } from 'node:http'

/** Made when they are needed: an error remembers where it comes from, which costs more than reading a small body. */
export interface Refusals {
  tooLarge(): Error
  /** The client went away before its body was whole. */
  gone(): Error
}

/**
 * The whole body of a request from the network, at most `limit` bytes; a larger one is refused as soon as that is known.
 * What came with the head is taken as it is, all else by events: a loop over the stream's pieces costs more than
 * everything else that is done to a small request.
 */
export function readMessage(message: IncomingMessage, limit: number, refusals: Refusals): Promise<Buffer> {
  const size = Number(message.headers['content-length'] ?? 0)
  return new Promise((resolve, reject) => {
    if (size > limit) return reject(refusals.tooLarge())
    // What has happened is not told again: that there is no body, or meanwhile that its client has gone.
    if (message.readableEnded) return resolve(Buffer.alloc(0))
    if (message.destroyed) return reject(refusals.gone())
    if (size > 0 && message.readableLength === size && message.readableFlowing === null) {
      resolve(message.read() as Buffer)
      // To its end, which others wait for.
      return void message.resume()
    }
    // Undefined as soon as all is said: the request lives as long as its answer is sent, and its listeners with it, but not the bytes.
    let reading: Reading | undefined = { chunks: [], size: 0, resolve, reject }
    const refuse = (refusal: () => Error) => {
      reading?.reject(refusal())
      reading = undefined
    }
    message.on('data', (chunk: Buffer) => {
      if (!reading) return
      reading.size += chunk.length
      if (reading.size <= limit) return void reading.chunks.push(chunk)
      message.pause()
      refuse(refusals.tooLarge)
    })
    message.on('end', () => {
      if (!reading) return
      const { chunks } = reading
      reading.resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks))
      reading = undefined
    })
    message.on('error', () => refuse(refusals.gone))
    message.on('close', () => {
      if (!message.complete) refuse(refusals.gone)
    })
  })
}

interface Reading {
  readonly chunks: Buffer[]
  size: number
  readonly resolve: (body: Buffer) => void
  readonly reject: (error: Error) => void
}
