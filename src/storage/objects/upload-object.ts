import { findBucket } from '../buckets/index.ts'
import type { Asker, ObjectMetadata, Session } from '../database/index.ts'
import { wasRolledBack } from '../errors/index.ts'
import { discardBytes, type Stores } from '../stores.ts'
import { commitObject, rehearseObject } from './commit-object.ts'
import { assertAddress, type ObjectAddress } from './find-object.ts'
import { assertFits, type IncomingFile, limitsOf, storeBytes } from './store-bytes.ts'

export interface Upload {
  readonly address: ObjectAddress
  readonly asker: Asker
  /** Whose policies decide; a signed upload URL was granted before, and runs as the service. */
  readonly session: Session
  readonly owner: string | undefined
  readonly overwrite: boolean
  readonly projectLimit: number
  readonly receive: () => Promise<IncomingFile>
}

interface Uploaded {
  readonly id: string
  readonly metadata: ObjectMetadata
}

/**
 * Stores an object. The caller's policies are asked before a byte is written; the bytes are durable before the row
 * names them; the bytes of the version before go when the row no longer does.
 */
export async function uploadObject(stores: Stores, upload: Upload): Promise<Uploaded> {
  const { address, asker, session, owner, overwrite, projectLimit } = upload
  assertAddress(address)
  const service = stores.database.asService(asker)
  const limits = limitsOf(await findBucket(service, address.bucket), address.name, projectLimit)
  const file = await upload.receive()
  try {
    assertFits(file, limits)
    const object = { ...address, owner, userMetadata: file.userMetadata ?? {} }
    const { mimeType: mimetype, requestSize: contentLength } = file
    const declared = { mimetype, ...(contentLength !== undefined && { contentLength }) }
    await rehearseObject(session, { ...object, version: '1', metadata: declared }, overwrite)

    const bytes = await storeBytes(stores, address, file, limits)
    try {
      await file.complete()
      const { id, replaced } = await commitObject(service, { ...object, ...bytes }, overwrite)
      if (replaced !== undefined) await discardBytes(stores, [{ ...address, version: replaced }])
      return { id, metadata: bytes.metadata }
    } catch (error) {
      if (wasRolledBack(error)) await discardBytes(stores, [{ ...address, version: bytes.version }])
      throw error
    }
  } catch (error) {
    file.discard()
    throw error
  }
}
