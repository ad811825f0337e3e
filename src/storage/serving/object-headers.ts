import type { ObjectRow } from '../database/index.ts'
import type { Validators } from './conditions.ts'
import { robotsTagOf } from './robots-tag.ts'

export interface Serving {
  /** From `?download`: undefined shows the object, '' saves it under its own name. */
  readonly download?: string | undefined
  /** When the signed URL expires; replaces the object's own cache control. */
  readonly expires?: Date
}

export function validatorsOf({ version, metadata, updated_at }: ObjectRow): Validators {
  const written = new Date(metadata?.lastModified ?? updated_at)
  const lastModified = Number.isNaN(written.getTime()) ? new Date(updated_at) : written
  lastModified.setUTCMilliseconds(0)
  return { eTag: entityTag(metadata?.eTag) ?? `"${version}"`, lastModified }
}

/** The headers of an object whatever part of it is answered. */
export function objectHeaders(request: Request, object: ObjectRow, { download, expires }: Serving): Headers {
  const { eTag, lastModified } = validatorsOf(object)
  const contentType = servedType(headerSafe(object.metadata?.mimetype))
  const headers = new Headers({
    'accept-ranges': 'bytes',
    'content-type': contentType,
    etag: eTag,
    'last-modified': lastModified.toUTCString(),
    'x-robots-tag': robotsTagOf(object.metadata?.xRobotsTag),
    'x-content-type-options': 'nosniff',
  })
  if (isDocument(contentType))
    headers.set('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox")
  if (expires) headers.set('expires', expires.toUTCString())
  else headers.set('cache-control', cacheControl(request, headerSafe(object.metadata?.cacheControl), eTag))
  if (download !== undefined) headers.set('content-disposition', disposition(download))
  return headers
}

/** Uploaded HTML is shown as text: it would run with the origin of the API. */
function servedType(contentType = 'application/octet-stream'): string {
  return /text\/html/i.test(contentType) ? 'text/plain' : contentType
}

/**
 * Whether a browser might make a document of it and run its scripts, with the origin of the API: what is not known to be
 * harmless. It is served as it is, but in a sandbox.
 */
function isDocument(contentType: string): boolean {
  const [type = ''] = contentType.toLowerCase().split(';')
  return !harmless.test(type.trim())
}

const harmless =
  /^(image\/(?!svg)[\w.+-]+|(audio|video|font)\/[\w.+-]+|text\/(plain|css|csv|markdown|javascript)|application\/(octet-stream|pdf|json|javascript|zip|gzip|wasm))$/

function cacheControl({ headers, method }: Request, stored = 'no-cache', eTag: string): string {
  const known = headers.get('if-none-match')
  if (!known || known === eTag) return stored
  return `${stored}, ${method === 'HEAD' ? 'must-revalidate' : 'stale-while-revalidate=30'}`
}

function disposition(fileName: string): string {
  if (fileName === '') return 'attachment;'
  const encoded = encodeURIComponent(fileName)
  return `attachment; filename=${encoded}; filename*=UTF-8''${encoded}`
}

/** Metadata can be written with SQL; what no header may hold is left out. */
function headerSafe(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\t\x20-\x7e]+$/.test(value) ? value : undefined
}

function entityTag(value: unknown): string | undefined {
  const safe = headerSafe(value)
  return safe && /^(W\/)?"[^"]*"$/.test(safe) ? safe : undefined
}
