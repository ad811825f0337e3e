import type { Asker, Session } from '../database/index.ts'
import { StorageError } from '../errors/index.ts'
import type { ObjectAddress } from '../objects/index.ts'
import type { Stores } from '../stores.ts'
import type { Payload } from './payload.ts'
import { parseXml } from './xml.ts'

/** A request whose signature was found to be good. */
export interface S3Request {
  readonly stores: Stores
  /** `[storage] file_size_limit`, in bytes. */
  readonly projectLimit: number
  readonly raw: Request
  readonly method: string
  /** '' for the service itself. */
  readonly bucket: string
  /** '' for the bucket itself. */
  readonly name: string
  readonly query: URLSearchParams
  readonly headers: Headers
  readonly payload: Payload
  /** The user whom the caller's token names. */
  readonly owner: string | undefined
  readonly region: string
  /** Who asks, and for what. */
  as(operation: string): Asker
}

/** The database as the one who asks sees it. */
export function sessionOf(request: S3Request, operation: string): Session {
  return request.stores.database.as(request.as(operation))
}

export function addressOf({ bucket, name }: S3Request): ObjectAddress {
  return { bucket, name }
}

/** A whole number of the query from `min` to `max`; `fallback` where it is absent. */
export function numberOf({ query }: S3Request, name: string, fallback: number, min: number, max: number): number {
  const text = query.get(name)
  if (text === null || text === '') return fallback
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (!(number >= min && number <= max)) {
    throw new StorageError('InvalidParameter', { message: `Invalid Parameter ${name}` })
  }
  return number
}

const longestDocument = 4 * 1024 * 1024

/** The XML body of a request. */
export async function readDocument({ payload }: S3Request): Promise<Record<string, unknown>> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of payload.body) {
    size += chunk.length
    if (size > longestDocument) throw new StorageError('EntityTooLarge', { message: 'Request body is too large' })
    chunks.push(chunk)
  }
  return parseXml(Buffer.concat(chunks).toString())
}

/** `x-amz-meta-NAME`, which becomes the object's user metadata. */
export function userMetadataOf({ headers }: S3Request): Record<string, string> {
  const mark = 'x-amz-meta-'
  return Object.fromEntries(
    [...headers].filter(([name]) => name.startsWith(mark)).map(([name, value]) => [name.slice(mark.length), value]),
  )
}
