import { type Readable, Transform } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { type Call, headerOf } from './exchange.ts'
import { Refusal } from './refusals.ts'

/** Bodies up to this many bytes are read before a worker is asked: they are sent in one piece, and can be sent twice. */
const small = 64 * 1024

/**
 * The body of a call, apart from the call's own, which fails with a refusal once it is longer than it may be.
 *
 * @throws {Refusal} PAYLOAD_TOO_LARGE when its length is known, and too much
 */
export function bodyWithin({ body, headers }: Call, limit: number): Readable | Promise<Buffer> | null {
  if (body === null) return null
  const length = headerOf(headers, 'content-length')
  if (length !== undefined) {
    if (!(Number(length) <= limit)) throw new Refusal('PAYLOAD_TOO_LARGE')
    if (Number(length) <= small) return buffer(body)
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
  counted.once('close', () => body.readableEnded || drain(body, limit - bytes))
  return body.pipe(counted)
}

/**
 * A function may answer before it has read all, and many clients look at the answer only once they have sent all: cut off, they
 * would tell their user of a broken connection.
 */
function drain(body: Readable, most: number): void {
  let left = most
  body.on('data', (chunk: Buffer) => {
    left -= chunk.length
    if (left < 0) body.destroy()
  })
}
