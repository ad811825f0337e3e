import { createHash } from 'node:crypto'
import { StorageError } from '../errors/index.ts'
import { byteReader, malformed } from './byte-reader.ts'
import { type Checksum, checksumHeaders, checksumOf } from './checksums.ts'
import { type Signature, unsignedPayload } from './signature.ts'
import { chunkSignature, same, trailerSignature } from './verify-signature.ts'

/** A body as it was meant: chunks taken apart, and each signature and checksum of it verified as it is read. */
export interface Payload {
  /** Throws at its end, at the latest, where the content is not what was signed. */
  readonly body: AsyncIterable<Uint8Array>
  /** Bytes; undefined where the client does not say. */
  readonly size: number | undefined
}

/** What the client sends, under a secret that the request itself was found to be signed with. */
export function readPayload(
  headers: Headers,
  raw: AsyncIterable<Uint8Array>,
  signature: Signature,
  secret: string,
): Payload {
  if (signature.payload.startsWith('STREAMING-')) {
    const size = wholeNumber(headers.get('x-amz-decoded-content-length'))
    const sums = new Map<string, Checksum>()
    for (const name of (headers.get('x-amz-trailer') ?? '').toLowerCase().split(',')) {
      const sum = checksumOf(name.trim())
      if (sum) sums.set(name.trim(), sum)
    }
    const content = ofSize(chunked(raw, signature, secret, sums), size)
    return { body: checked(content, headers), size }
  }
  const size = wholeNumber(headers.get('content-length'))
  const hashed = signature.payload === unsignedPayload ? raw : digested(raw, signature.payload)
  return { body: checked(hashed, headers), size }
}

async function* digested(body: AsyncIterable<Uint8Array>, digest: string): AsyncIterable<Uint8Array> {
  const hash = createHash('sha256')
  for await (const chunk of body) {
    hash.update(chunk)
    yield chunk
  }
  if (!same(hash.digest('hex'), digest)) {
    throw new StorageError('InvalidChecksum', { message: 'x-amz-content-sha256 does not match the content' })
  }
}

async function* checked(body: AsyncIterable<Uint8Array>, headers: Headers): AsyncIterable<Uint8Array> {
  const expected = checksumHeaders.flatMap((name) => {
    const [value, sum] = [headers.get(name), checksumOf(name)]
    return value !== null && sum ? [{ name, value, sum }] : []
  })
  if (expected.length === 0) return yield* body
  for await (const chunk of body) {
    for (const { sum } of expected) sum.update(chunk)
    yield chunk
  }
  for (const { name, value, sum } of expected) assertSum(name, sum, value)
}

async function* ofSize(body: AsyncIterable<Uint8Array>, size: number | undefined): AsyncIterable<Uint8Array> {
  let read = 0
  for await (const chunk of body) {
    read += chunk.length
    if (size !== undefined && read > size) throw malformed()
    yield chunk
  }
  if (size !== undefined && read !== size) throw malformed()
}

/**
 * Takes `aws-chunked` apart: `SIZE;chunk-signature=…` before each chunk, an empty one last, then trailers.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 */
async function* chunked(
  raw: AsyncIterable<Uint8Array>,
  signature: Signature,
  secret: string,
  sums: ReadonlyMap<string, Checksum>,
): AsyncIterable<Uint8Array> {
  const isSigned = signature.payload.startsWith('STREAMING-AWS4-HMAC-SHA256-PAYLOAD')
  if (!isSigned && signature.payload !== 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') throw new StorageError('NotImplemented')
  const reader = byteReader(raw)
  let before = signature.value
  for (;;) {
    const [, hex = '', given = ''] =
      /^([0-9a-f]{1,8})(?:;chunk-signature=([0-9a-f]{64}))?$/i.exec((await reader.line(256)) ?? '') ?? []
    if (hex === '') throw malformed()
    const size = Number.parseInt(hex, 16)
    const hash = createHash('sha256')
    for await (const piece of reader.bytes(size)) {
      if (isSigned) hash.update(piece)
      for (const sum of sums.values()) sum.update(piece)
      yield piece
    }
    if (isSigned) {
      if (!same(chunkSignature(secret, signature, before, hash.digest('hex')), given)) {
        throw new StorageError('SignatureDoesNotMatch')
      }
      before = given
    }
    if (size === 0) break
    if ((await reader.line(0)) !== '') throw malformed()
  }

  let signed = ''
  const told = new Set<string>()
  for (let line = await reader.line(1024); line !== undefined && line !== ''; line = await reader.line(1024)) {
    const [name = '', value = ''] = line.split(/:(.*)/s).map((part) => part.trim())
    if (name === 'x-amz-trailer-signature') {
      if (!same(trailerSignature(secret, signature, before, signed), value)) {
        throw new StorageError('SignatureDoesNotMatch')
      }
      signed = ''
      continue
    }
    signed += `${name}:${value}\n`
    const sum = sums.get(name.toLowerCase())
    if (sum) assertSum(name, sum, value)
    told.add(name.toLowerCase())
  }
  if (isSigned && signed !== '') throw new StorageError('SignatureDoesNotMatch')
  for (const name of sums.keys()) if (!told.has(name)) throw malformed()
}

function assertSum(name: string, sum: Checksum, value: string): void {
  if (sum.digest() !== value) {
    throw new StorageError('InvalidChecksum', { message: `${name} does not match the content` })
  }
}

function wholeNumber(header: string | null): number | undefined {
  return header !== null && /^\d{1,15}$/.test(header) ? Number(header) : undefined
}
