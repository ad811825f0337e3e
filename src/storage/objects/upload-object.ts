import { randomUUID } from 'node:crypto'
import { assertMimeAllowed, findBucket } from '../buckets/index.ts'
import type { Asker, Session } from '../database/index.ts'
import { StorageError, wasRolledBack } from '../errors/index.ts'
import { isFolderPlaceholder } from '../names.ts'
import { discardBytes, type Stores } from '../stores.ts'
import { commitObject, rehearseObject } from './commit-object.ts'
import { assertAddress, type ObjectAddress } from './find-object.ts'

/** A file on its way in. */
export interface IncomingFile {
  readonly body: AsyncIterable<Uint8Array>
  readonly mimeType: string
  readonly cacheControl: string
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

export interface Upload {
  readonly address: ObjectAddress
  readonly asker: Asker
  /**
   * Whose policies decide; a signed upload URL was granted before, and runs as the service. Nobody's where absent, for
   * files that Portico brings itself.
   */
  readonly session?: Session
  readonly owner: string | undefined
  readonly overwrite: boolean
  readonly projectLimit: number
  readonly receive: () => Promise<IncomingFile>
}

/**
 * Stores an object. The caller's policies are asked before a byte is written; the bytes are durable before the row
 * names them; the bytes of the version before go when the row no longer does.
 */
export async function uploadObject(stores: Stores, upload: Upload): Promise<{ id: string }> {
  const { address, asker, session, owner, overwrite, projectLimit } = upload
  assertAddress(address)
  const service = stores.database.asService(asker)
  const limits = await limitsOf(service, address, projectLimit)
  const file = await upload.receive()
  try {
    assertMimeAllowed(file.mimeType, limits.mimeTypes)
    if (file.size !== undefined && file.size > limits.size) throw new StorageError('EntityTooLarge')
    const object = { ...address, owner, userMetadata: file.userMetadata ?? {} }
    const { mimeType: mimetype, requestSize: contentLength } = file
    const declared = { mimetype, ...(contentLength !== undefined && { contentLength }) }
    if (session) await rehearseObject(session, { ...object, version: '1', metadata: declared }, overwrite)

    const key = { ...address, version: randomUUID() }
    const stored = await stores.backend.put(key, atMost(limits.size, file.body))
    const metadata = {
      eTag: stored.eTag,
      size: stored.size,
      mimetype: file.mimeType,
      cacheControl: file.cacheControl,
      lastModified: stored.lastModified.toISOString(),
      contentLength: stored.size,
      httpStatusCode: 200,
    }
    try {
      await file.complete()
      const { id, replaced } = await commitObject(service, { ...object, version: key.version, metadata }, overwrite)
      if (replaced !== undefined) await discardBytes(stores, [{ ...address, version: replaced }])
      return { id }
    } catch (error) {
      if (wasRolledBack(error)) await discardBytes(stores, [key])
      throw error
    }
  } catch (error) {
    file.discard()
    throw error
  }
}

async function limitsOf(service: Session, { bucket, name }: ObjectAddress, projectLimit: number) {
  const { file_size_limit, allowed_mime_types } = await findBucket(service, bucket)
  if (isFolderPlaceholder(name)) return { size: 0, mimeTypes: null }
  return { size: Math.min(file_size_limit ?? projectLimit, projectLimit), mimeTypes: [...(allowed_mime_types ?? [])] }
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
