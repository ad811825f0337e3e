import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { StorageError } from '../errors/index.ts'
import type { Signature } from './signature.ts'

/** What is signed of a request. */
export interface SignedRequest {
  readonly method: string
  /** As the client wrote it, percent-encoded. */
  readonly path: string
  /** As the client wrote it, without the question mark. */
  readonly query: string
  readonly headers: Headers
  readonly host: string
}

/**
 * Throws AccessDenied where a header that changes the meaning of the request is not signed: whoever saw it could send
 * it with another.
 */
export function assertHeadersSigned({ signedHeaders }: Signature, headers: Headers): void {
  const unsigned = [...headers.keys()].find((name) => name.startsWith('x-amz-') && !signedHeaders.includes(name))
  // That of a presigned URL may come in a header without being part of what was signed.
  if (!signedHeaders.includes('host') || (unsigned !== undefined && unsigned !== 'x-amz-content-sha256')) {
    throw new StorageError('AccessDenied', {
      message: 'There were headers present in the request which were not signed',
    })
  }
}

export function isSignedWith(secret: string, signature: Signature, request: SignedRequest): boolean {
  const canonical = [
    request.method,
    request.path || '/',
    canonicalQuery(request.query),
    ...signature.signedHeaders.map((name) => `${name}:${headerOf(request, name)}`),
    '',
    signature.signedHeaders.join(';'),
    signature.payload,
  ].join('\n')
  return isTextSignedWith(
    secret,
    signature,
    ['AWS4-HMAC-SHA256', signature.time, signature.scope, sha256(canonical)].join('\n'),
  )
}

export function isTextSignedWith(secret: string, { scope, value }: Signature, text: string): boolean {
  return same(hmac(signingKey(secret, scope), text).toString('hex'), value)
}

/** The signature of a chunk of a body, which chains to that of the chunk before. */
export function chunkSignature(secret: string, { time, scope }: Signature, before: string, digest: string): string {
  const text = ['AWS4-HMAC-SHA256-PAYLOAD', time, scope, before, sha256(''), digest].join('\n')
  return hmac(signingKey(secret, scope), text).toString('hex')
}

/** The signature of what follows the chunks, over its lines as they are. */
export function trailerSignature(secret: string, { time, scope }: Signature, before: string, lines: string): string {
  const text = ['AWS4-HMAC-SHA256-TRAILER', time, scope, before, sha256(lines)].join('\n')
  return hmac(signingKey(secret, scope), text).toString('hex')
}

export function same(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}

function headerOf({ headers, host }: SignedRequest, name: string): string {
  if (name === 'host') return host
  return (headers.get(name) ?? '').trim().replace(/ +/g, ' ')
}

function canonicalQuery(query: string): string {
  return query
    .split('&')
    .filter((pair) => pair !== '' && !pair.startsWith('X-Amz-Signature='))
    .map((pair) => {
      const [name = '', value = ''] = pair.split(/=(.*)/s)
      return `${encode(name)}=${encode(value)}`
    })
    .sort((a, b) => (a < b ? -1 : 1))
    .join('&')
}

function encode(written: string): string {
  let text = written
  try {
    text = decodeURIComponent(written)
  } catch {
    // Then it is signed as it stands.
  }
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}

function signingKey(secret: string, scope: string): Buffer {
  return scope.split('/').reduce<Buffer>((key, part) => hmac(key, part), Buffer.from(`AWS4${secret}`))
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
