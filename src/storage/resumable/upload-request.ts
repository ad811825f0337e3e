import { Metadata } from '@tus/server'
import { StorageError } from '../errors/index.ts'
import { assertAddress, type ObjectAddress } from '../objects/index.ts'
import { parseUserMetadata } from '../receiving/index.ts'

/** What the client said of an object when it began to upload it, as the store keeps it. */
export type UploadMetadata = Readonly<Record<string, string | null>>

/** In the metadata of an upload that was begun with `x-upsert`. */
export const overwriteMark = 'overwrites'

export interface AboutObject {
  readonly address: ObjectAddress
  readonly mimeType: string
  readonly cacheControl: string
  readonly userMetadata: Readonly<Record<string, unknown>>
  /** It was begun with `x-upsert`, which Kotlin's client says only then. */
  readonly overwrites: boolean
}

/** The `Upload-Metadata` header. Throws InvalidRequest where it is missing, InvalidParameter where it is malformed. */
export function readMetadata(header: string | null): UploadMetadata {
  if (!header) throw new StorageError('InvalidRequest', { message: 'Metadata header is required' })
  try {
    return Metadata.parse(header)
  } catch (cause) {
    throw new StorageError('InvalidParameter', { message: 'Invalid Upload-Metadata header', cause })
  }
}

const headerValue = /^[\t\x20-\x7e]*$/

/** Which object the metadata are of; throws InvalidBucketName, InvalidKey, InvalidRequest. */
export function aboutObject(metadata: UploadMetadata): AboutObject {
  const address = { bucket: metadata.bucketName ?? '', name: metadata.objectName ?? '' }
  assertAddress(address)
  const { contentType, cacheControl } = metadata
  const mimeType = contentType || 'application/octet-stream'
  if (!headerValue.test(mimeType)) {
    throw new StorageError('InvalidRequest', { message: 'The content type has invalid characters' })
  }
  return {
    address,
    mimeType,
    // Seconds; as on Supabase, whatever else is said means none.
    cacheControl: /^\d+$/.test(cacheControl ?? '') ? `max-age=${cacheControl}` : 'no-cache',
    userMetadata: parseUserMetadata(metadata.metadata ?? undefined) ?? {},
    overwrites: metadata[overwriteMark] === 'true',
  }
}
