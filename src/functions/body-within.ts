import { type Readable, Transform } from 'node:stream'
import { type Call, headerOf } from './exchange.ts'
import { Refusal } from './refusals.ts'

/**
 * The body of a call, which fails with a refusal once it is longer than it may be.
 *
 * @throws {Refusal} PAYLOAD_TOO_LARGE when its length is known, and too much
 */
export function bodyWithin({ body, headers }: Call, limit: number): Readable | null {
  const length = headerOf(headers, 'content-length')
  if (body === null || (length !== undefined && Number(length) <= limit)) return body
  if (length !== undefined) throw new Refusal('PAYLOAD_TOO_LARGE')
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
