import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { BucketRow } from '../database/index.ts'
import { wasRolledBack } from '../errors/index.ts'
import {
  assertAddress,
  assertFits,
  commitObjects,
  type IncomingFile,
  limitsOf,
  type NewObject,
  storeBytes,
} from '../objects/index.ts'
import { discardBytes, type Stores } from '../stores.ts'
import { seedFailed } from './seed-failed.ts'
import { sideBySide } from './side-by-side.ts'

export interface SeedFile {
  readonly path: string
  /** Of the object. */
  readonly name: string
  readonly mimeType: string
}

/** Each waits for the disk most of the time. */
const filesAtOnce = 8

/**
 * Stores files as objects, in place of those of the same names: first all bytes, then all rows in one transaction. It
 * is the service that asks, so no policy is consulted. Throws SEED_OBJECT_FAILED; then none of them is stored.
 */
export async function uploadFiles(
  stores: Stores,
  bucket: BucketRow,
  files: readonly SeedFile[],
  projectLimit: number,
): Promise<void> {
  const stored = new Map<NewObject, SeedFile>()
  const discard = () => discardBytes(stores, [...stored.keys()])
  try {
    await sideBySide(files, filesAtOnce, async (file) => {
      try {
        stored.set(await storeFile(stores, bucket, file, projectLimit), file)
      } catch (cause) {
        throw seedFailed(bucket.id, file.path, cause)
      }
    })
  } catch (error) {
    await discard()
    throw error
  }
  const service = stores.database.asService({ request: undefined, operation: 'storage.object.upload' })
  let at: NewObject | undefined
  try {
    const replaced = await commitObjects(service, [...stored.keys()], (object) => {
      at = object
    })
    await discardBytes(stores, replaced)
  } catch (cause) {
    if (wasRolledBack(cause)) await discard()
    throw seedFailed(bucket.id, at && stored.get(at)?.path, cause)
  }
}

async function storeFile(
  stores: Stores,
  bucket: BucketRow,
  { path, name, mimeType }: SeedFile,
  projectLimit: number,
): Promise<NewObject> {
  const address = { bucket: bucket.id, name }
  assertAddress(address)
  const limits = limitsOf(bucket, name, projectLimit)
  const file = await fileToStore(path, mimeType)
  try {
    assertFits(file, limits)
    return { ...address, owner: undefined, userMetadata: {}, ...(await storeBytes(stores, address, file, limits)) }
  } finally {
    file.discard()
  }
}

async function fileToStore(path: string, mimeType: string): Promise<IncomingFile> {
  const { size } = await stat(path)
  const body = createReadStream(path)
  return {
    body,
    mimeType,
    cacheControl: 'max-age=3600',
    size,
    requestSize: size,
    userMetadata: undefined,
    complete: () => Promise.resolve(),
    discard: () => body.destroy(),
  }
}
