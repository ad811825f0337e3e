import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { StorageError } from '../errors/index.ts'

/**
 * What a request says of its signature (AWS Signature Version 4), in its headers or in its query.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export interface Signature {
  readonly accessKeyId: string
  /** `20261126/eu-west-1/s3/aws4_request`. */
  readonly scope: string
  /** `20261126T012345Z`. */
  readonly time: string
  readonly signedHeaders: readonly string[]
  readonly value: string
  /** A SHA-256 in hexadecimal, or a word that says how the body is signed. */
  readonly payload: string
  readonly sessionToken: string | undefined
  /** Seconds that a presigned URL is good for; undefined for a signature in headers. */
  readonly expiresIn: number | undefined
}

export const unsignedPayload = 'UNSIGNED-PAYLOAD'

/** The signature of a request; throws AccessDenied where there is none, InvalidSignature where it is malformed. */
export function readSignature(headers: Headers, query: URLSearchParams): Signature {
  const authorization = headers.get('authorization') ?? ''
  if (authorization.startsWith('AWS4-HMAC-SHA256 ')) {
    const fields = new Map(
      authorization
        .slice('AWS4-HMAC-SHA256 '.length)
        .split(',')
        .map((field) => field.trim().split(/=(.*)/s) as [string, string]),
    )
    return signature({
      credential: fields.get('Credential'),
      signedHeaders: fields.get('SignedHeaders'),
      value: fields.get('Signature'),
      time: headers.get('x-amz-date'),
      payload: headers.get('x-amz-content-sha256') ?? undefined,
      sessionToken: headers.get('x-amz-security-token'),
    })
  }
  if (query.has('X-Amz-Credential')) {
    return signature({
      credential: query.get('X-Amz-Credential'),
      signedHeaders: query.get('X-Amz-SignedHeaders'),
      value: query.get('X-Amz-Signature'),
      time: query.get('X-Amz-Date'),
      payload: headers.get('x-amz-content-sha256') ?? query.get('X-Amz-Content-Sha256') ?? undefined,
      sessionToken: query.get('X-Amz-Security-Token'),
      expiresIn: query.get('X-Amz-Expires') ?? '',
    })
  }
  throw new StorageError('AccessDenied', { message: 'Missing signature' })
}

/** That of a form, which signs its policy alone. */
export function readFormSignature(fields: ReadonlyMap<string, string>): Signature {
  if (fields.get('x-amz-algorithm') !== 'AWS4-HMAC-SHA256' || !fields.has('policy')) {
    throw new StorageError('AccessDenied', { message: 'Missing signature' })
  }
  return signature({
    credential: fields.get('x-amz-credential'),
    signedHeaders: 'policy',
    value: fields.get('x-amz-signature'),
    time: fields.get('x-amz-date'),
    payload: undefined,
    sessionToken: fields.get('x-amz-security-token') ?? null,
  })
}

interface Fields {
  readonly credential: string | null | undefined
  readonly signedHeaders: string | null | undefined
  readonly value: string | null | undefined
  readonly time: string | null | undefined
  readonly payload: string | undefined
  readonly sessionToken: string | null
  readonly expiresIn?: string
}

function signature({ credential, signedHeaders, value, time, payload, sessionToken, expiresIn }: Fields): Signature {
  const [, accessKeyId, scope, date] = /^(.+?)\/((\d{8})\/[^/]*\/s3\/aws4_request)$/.exec(credential ?? '') ?? []
  const isSeconds = expiresIn === undefined || /^\d{1,6}$/.test(expiresIn)
  if (!accessKeyId || !scope || !date || !time?.startsWith(date) || !signedHeaders || !value || !isSeconds) {
    throw new StorageError('InvalidSignature', { message: 'Invalid signature format' })
  }
  return {
    accessKeyId,
    scope,
    time,
    signedHeaders: signedHeaders.toLowerCase().split(';'),
    value,
    payload: payload ?? unsignedPayload,
    sessionToken: sessionToken ?? undefined,
    expiresIn: expiresIn === undefined ? undefined : Number(expiresIn),
  }
}

const longestExpiry = 7 * 24 * 3600
const skew = 15 * 60 * 1000

/** Throws ExpiredToken for a presigned URL that is, RequestTimeTooSkewed for a request that is not of now. */
export function assertOfNow({ time, expiresIn }: Signature, now = Date.now()): void {
  const at = Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  if (Number.isNaN(at)) throw new StorageError('InvalidSignature', { message: 'Invalid signature format' })
  if (expiresIn === undefined) {
    if (Math.abs(now - at) > skew) throw new StorageError('RequestTimeTooSkewed')
    return
  }
  if (expiresIn < 1 || expiresIn > longestExpiry) {
    throw new StorageError('InvalidSignature', { message: 'Invalid expiration' })
  }
  if (at - now > skew) throw new StorageError('RequestTimeTooSkewed')
  if (at + expiresIn * 1000 < now) throw new StorageError('ExpiredToken')
}

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
