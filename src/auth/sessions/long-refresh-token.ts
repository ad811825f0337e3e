import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/**
 * GoTrue's longer refresh token, which is stored nowhere: it says which use of which session it is for, signed with a key
 * of the session's own (internal/crypto/refresh_tokens.go).
 */
export interface LongRefreshToken {
  readonly sessionId: string
  /** How often the session was renewed before. */
  readonly counter: bigint
  isSignedWith(key: Buffer): boolean
}

const signatureBytes = 16
const checksumBytes = 4

/** Undefined for text that is none, whatever it says. Bytes: version 0, session, counter, signature, checksum. */
export function readLongRefreshToken(text: string): LongRefreshToken | undefined {
  if (!/^[\w-]{51,62}$/.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64url')
  const summed = bytes.subarray(0, -checksumBytes)
  const signed = summed.subarray(0, -signatureBytes)
  const sum = createHash('sha256').update(summed).digest().subarray(0, checksumBytes)
  const counter = readCounter(signed.subarray(17))
  if (bytes[0] !== 0 || !sum.equals(bytes.subarray(-checksumBytes)) || counter === undefined) return undefined
  const signature = summed.subarray(-signatureBytes)
  return {
    sessionId: signed.toString('hex', 1, 17).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
    counter,
    isSignedWith(key) {
      const expected = createHmac('sha256', key).update(signed).digest().subarray(0, signatureBytes)
      return timingSafeEqual(expected, signature)
    },
  }
}

/** Seven bits a byte, the lowest first; all but the last have the eighth set. */
function readCounter(bytes: Buffer): bigint | undefined {
  const last = bytes.at(-1)
  if (last === undefined || last > 127 || bytes.subarray(0, -1).some((byte) => byte < 128)) return undefined
  return bytes.reduceRight((value, byte) => (value << 7n) | BigInt(byte & 127), 0n)
}
