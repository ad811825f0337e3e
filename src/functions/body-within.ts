import { type Readable, Transform } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { type Call, headerOf } from './exchange.ts'
import { Refusal } from './refusals.ts'

/** Bodies up to this many bytes are read before a worker is asked: they are sent in one piece, and can be sent twice. */
const small = 64 * 1024

/**
 * The body of a call, which fails with a refusal once it is longer than it may be.
 *
 * @throws {Refusal} PAYLOAD_TOO_LARGE when its length is known, and too much
 */
export function bodyWithin({ body, headers }: Call, limit: number): Readable | Promise<Buffer> | null {
  if (body === null) return null
  const length = headerOf(headers, 'content-length')
  if (length !== undefined) {
    if (!(Number(length) <= limit)) throw new Refusal('PAYLOAD_TOO_LARGE')
    return Number(length) <= small ? buffer(body) : body
  }
  let bytes = 0
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      bytes += chunk.length
      if (bytes > limit) next(new Refusal('PAYLOAD_TOO_LARGE'))
      else next(null, chunk)
    },
  })
  body.once('error', (error) => counted.destroy(error))
  return body.pipe(counted)
}
