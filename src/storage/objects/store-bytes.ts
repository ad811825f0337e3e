import { randomUUID } from 'node:crypto'
import type { StoredBytes } from '../backend/index.ts'
import { assertMimeAllowed } from '../buckets/index.ts'
import type { BucketRow, ObjectMetadata } from '../database/index.ts'
import { StorageError } from '../errors/index.ts'
import { isFolderPlaceholder } from '../names.ts'
import type { Stores } from '../stores.ts'
import type { NewObject } from './commit-object.ts'
import type { ObjectAddress } from './find-object.ts'
import { sniffed } from './sniff.ts'

/** A file on its way in. */
export interface IncomingFile {
  readonly body: AsyncIterable<Uint8Array>
  readonly mimeType: string
  readonly cacheControl: string
  /** `X-Robots-Tag`, for those who download it. */
  readonly robotsTag?: string | undefined
  /** Bytes, where the client says beforehand. */
  readonly size: number | undefined
  /** Bytes of the request that carries it, which policies see before the size is known. */
  readonly requestSize: number | undefined
  readonly userMetadata: Readonly<Record<string, unknown>> | undefined
  /** Resolves when the request has been read to its end and was whole. */
  complete(): Promise<void>
  /** Stops reading. */
  discard(): void
}

/** What may be stored under a name. */
export interface Limits {
  /** Bytes. */
  readonly size: number
  readonly mimeTypes: readonly string[] | null
}

export function limitsOf(bucket: BucketRow, name: string, projectLimit: number): Limits {
  if (isFolderPlaceholder(name)) return { size: 0, mimeTypes: null }
  return {
    size: Math.min(bucket.file_size_limit ?? projectLimit, projectLimit),
    mimeTypes: bucket.allowed_mime_types ?? [],
  }
}

/** Throws InvalidMimeType, and EntityTooLarge where that is known before the file is read. */
export function assertFits({ mimeType, size }: IncomingFile, limits: Limits): void {
  assertMimeAllowed(mimeType, limits.mimeTypes)
  if (size !== undefined && size > limits.size) throw new StorageError('EntityTooLarge')
}

/** Writes a new version of an object, durable once this resolves; no row names it yet. */
export async function storeBytes(
  { backend }: Stores,
  address: ObjectAddress,
  { body, mimeType, cacheControl, robotsTag }: IncomingFile,
  limits: Limits,
): Promise<Pick<NewObject, 'version' | 'metadata'>> {
  const version = randomUUID()
  const content = sniffed(atMost(limits.size, body), mimeType, limits.mimeTypes)
  const stored = await backend.put({ ...address, version }, content)
  const robots = robotsTag === undefined ? {} : { xRobotsTag: robotsTag }
  return { version, metadata: { ...metadataOf(stored, mimeType, cacheControl), ...robots } }
}

/** What the row of an object says of its bytes. */
export function metadataOf({ eTag, size, lastModified }: StoredBytes, mimetype: string, cacheControl: string) {
  return {
    eTag,
    size,
    mimetype,
    cacheControl,
    lastModified: lastModified.toISOString(),
    contentLength: size,
    httpStatusCode: 200,
  } satisfies ObjectMetadata
}

/** Passes bytes on until there are too many. */
async function* atMost(limit: number, body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > limit) throw new StorageError('EntityTooLarge')
    yield chunk
  }
}
