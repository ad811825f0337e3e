import type { Session } from '../database/index.ts'
import { StorageError } from '../errors/index.ts'
import { assertBucketName } from '../names.ts'
import { ownerColumns } from '../owner.ts'
import { assertMimePatterns, type BucketRules, fileSizeLimitInBytes } from './bucket-rules.ts'

interface NewBucket extends BucketRules {
  readonly id: string
  readonly name: string
  readonly owner: string | undefined
}

/** Creates a bucket; throws BucketAlreadyExists. */
export async function createBucket(session: Session, bucket: NewBucket, projectLimit: number): Promise<void> {
  assertBucketName(bucket.name)
  assertBucketName(bucket.id)
  const values = {
    id: bucket.id,
    name: bucket.name,
    ...ownerColumns(bucket.owner),
    ...ruleColumns({ ...bucket, public: bucket.public ?? false }, projectLimit),
  }
  try {
    await session.write((trx) =>
      trx
        .insertInto('storage.buckets')
        .values({ public: false, ...values })
        .execute(),
    )
  } catch (error) {
    if (error instanceof StorageError && error.code === 'ResourceAlreadyExists') {
      throw new StorageError('BucketAlreadyExists', { cause: error })
    }
    throw error
  }
}

/** Changes the rules that are given; throws NoSuchBucket where the session may not change the bucket. */
export async function updateBucket(
  session: Session,
  id: string,
  rules: BucketRules,
  projectLimit: number,
): Promise<void> {
  assertBucketName(id)
  const columns = ruleColumns(rules, projectLimit)
  if (Object.keys(columns).length === 0) throw new StorageError('InvalidRequest', { message: 'No content provided' })
  const updated = await session.write((trx) =>
    trx.updateTable('storage.buckets').set(columns).where('id', '=', id).executeTakeFirst(),
  )
  if (updated.numUpdatedRows === 0n) throw new StorageError('NoSuchBucket')
}

/** Deletes an empty bucket; throws ResourceNotEmpty, or NoSuchBucket where the session may not delete it. */
export async function deleteBucket(session: Session, id: string): Promise<void> {
  try {
    const deleted = await session.write((trx) =>
      trx.deleteFrom('storage.buckets').where('id', '=', id).executeTakeFirst(),
    )
    if (deleted.numDeletedRows === 0n) throw new StorageError('NoSuchBucket')
  } catch (error) {
    if (error instanceof StorageError && error.code === 'ResourceReferenced') {
      throw new StorageError('ResourceNotEmpty', { cause: error })
    }
    throw error
  }
}

function ruleColumns(rules: BucketRules, projectLimit: number) {
  const { fileSizeLimit, allowedMimeTypes } = rules
  const mimeTypes = allowedMimeTypes?.filter((type) => type !== '') ?? allowedMimeTypes
  if (mimeTypes) assertMimePatterns(mimeTypes)
  return {
    ...(rules.public !== undefined && { public: rules.public }),
    ...(fileSizeLimit !== undefined && { file_size_limit: fileSizeLimitInBytes(fileSizeLimit, projectLimit) }),
    ...(mimeTypes !== undefined && { allowed_mime_types: mimeTypes === null ? null : [...mimeTypes] }),
  }
}
