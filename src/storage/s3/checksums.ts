import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** A running checksum in the form that S3's headers have it: base64. */
export interface Checksum {
  update(chunk: Uint8Array): void
  digest(): string
}

const made: Readonly<Record<string, () => Checksum>> = {
  'content-md5': () => digest('md5'),
  'x-amz-checksum-sha1': () => digest('sha1'),
  'x-amz-checksum-sha256': () => digest('sha256'),
  'x-amz-checksum-crc32': () => running(crc32),
  'x-amz-checksum-crc32c': () => running(crc32c),
}

/** The checksum that a header or trailer holds; undefined for one that is not checked here. */
export function checksumOf(header: string): Checksum | undefined {
  return made[header]?.()
}

export const checksumHeaders: readonly string[] = Object.keys(made)

function digest(algorithm: string): Checksum {
  const hash = createHash(algorithm)
  return { update: (chunk) => void hash.update(chunk), digest: () => hash.digest('base64') }
}

function running(add: (chunk: Uint8Array, before: number) => number): Checksum {
  let value = 0
  return {
    update: (chunk) => {
      value = add(chunk, value)
    },
    digest: () => {
      const bytes = Buffer.alloc(4)
      bytes.writeUInt32BE(value >>> 0)
      return bytes.toString('base64')
    },
  }
}

/** By the polynomial of Castagnoli, reflected. */
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1
  return value
})

function crc32c(chunk: Uint8Array, before: number): number {
  let value = ~before
  for (const byte of chunk) value = (table[(value ^ byte) & 0xff] ?? 0) ^ (value >>> 8)
  return ~value
}
