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
