import { randomUUID } from 'node:crypto'
import { assertMimeAllowed, findBucket } from '../buckets/index.ts'
import { type Asker, type ObjectMetadata, type ObjectRow, type Session, withIsoTimes } from '../database/index.ts'
import { StorageError, wasRolledBack } from '../errors/index.ts'
import { assertBucketName } from '../names.ts'
import { discardBytes, type Stores } from '../stores.ts'
import { commitObject, rehearseObject } from './commit-object.ts'
import { assertAddress, findObject, type ObjectAddress } from './find-object.ts'
import { objectAsJson, type RemovedObject } from './remove-objects.ts'

export interface Copy {
  readonly asker: Asker
  readonly from: ObjectAddress
  readonly to: ObjectAddress
  readonly owner: string | undefined
  readonly overwrite: boolean
  /** Replaces what the source has of these; the source's own where absent. */
  readonly metadata: Pick<ObjectMetadata, 'cacheControl' | 'mimetype'>
  /** Replaces the source's user metadata; the source's own where undefined. */
  readonly userMetadata: Readonly<Record<string, unknown>> | undefined
}

/** Copies an object that the caller may see to a name that the caller may write; answers the copy. */
export async function copyObject(stores: Stores, copy: Copy): Promise<RemovedObject> {
  const { asker, from, to, owner, overwrite } = copy
  assertBucketName(from.bucket)
  assertAddress(to)
  const session = stores.database.as(asker)
  const service = stores.database.asService(asker)
  const key = { ...to, version: randomUUID() }
  const source = await copyBytes(stores, key, async () => {
    const source = await findObject(session, from)
    if (from.bucket !== to.bucket || copy.metadata.mimetype !== undefined) {
      await assertAdmitted(service, to.bucket, { ...source.metadata, ...copy.metadata })
    }
    const rehearsed = { ...to, owner, version: '1', ...contentOf(source, copy) }
    await rehearseObject(session, rehearsed, overwrite)
    return source
  })
  try {
    const { metadata, userMetadata } = contentOf(source, copy)
    const object = { ...key, owner, userMetadata, metadata: { ...metadata, lastModified: new Date().toISOString() } }
    const { replaced } = await commitObject(service, object, overwrite)
    if (replaced !== undefined) await discardBytes(stores, [{ ...to, version: replaced }])
  } catch (error) {
    if (wasRolledBack(error)) await discardBytes(stores, [key])
    throw error
  }
  return await readCopy(service, to)
}

/**
 * Copies the bytes of the version that `find` answers. Another request may replace the version between the two, so
 * the pair is tried again.
 */
export async function copyBytes<T extends ObjectRow>(
  { backend }: Stores,
  to: ObjectAddress & { readonly version: string },
  find: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; attempt <= 3; attempt++) {
    const source = await find()
    const from = { bucket: source.bucket_id, name: source.name, version: source.version ?? '' }
    if (await backend.copy(from, to)) return source
  }
  throw new StorageError('NoSuchKey', { message: 'The resource was not found' })
}

/** A bucket's rules hold for what comes from another one, too. Throws EntityTooLarge, InvalidMimeType, NoSuchBucket. */
export async function assertAdmitted(service: Session, bucket: string, metadata: ObjectMetadata): Promise<void> {
  const rules = await findBucket(service, bucket)
  if (rules.file_size_limit !== null && (metadata.size ?? 0) > rules.file_size_limit) {
    throw new StorageError('EntityTooLarge')
  }
  assertMimeAllowed(metadata.mimetype ?? '', rules.allowed_mime_types)
}

function contentOf(source: ObjectRow, copy: Copy) {
  return {
    metadata: { ...source.metadata, ...copy.metadata },
    userMetadata: copy.userMetadata ?? source.user_metadata ?? {},
  }
}

async function readCopy(service: Session, { bucket, name }: ObjectAddress): Promise<RemovedObject> {
  const [copied] = await service.read<{ object: RemovedObject }>((db) =>
    db.selectFrom('storage.objects').select(objectAsJson).where('bucket_id', '=', bucket).where('name', '=', name),
  )
  if (!copied) throw new StorageError('NoSuchKey')
  return withIsoTimes(copied.object)
}
