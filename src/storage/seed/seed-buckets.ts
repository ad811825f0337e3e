import { createBucket, findBucket, updateBucket } from '../buckets/index.ts'
import type { BucketRow } from '../database/index.ts'
import { StorageError } from '../errors/index.ts'
import type { Stores } from '../stores.ts'
import { seedFailed } from './seed-failed.ts'
import { seedFiles } from './seed-files.ts'

/** `[storage.buckets.NAME]` of config.toml. */
export interface BucketSeed {
  readonly public: boolean
  /** Bytes. */
  readonly fileSizeLimit?: number | undefined
  readonly allowedMimeTypes: readonly string[]
  /** A folder or a file, absolute. */
  readonly objectsPath?: string | undefined
}

/**
 * Creates the buckets of the configuration or brings them up to date, and uploads the files below `objectsPath` that
 * are not there yet or have changed. Throws SEED_OBJECT_FAILED.
 */
export async function seedBuckets(
  stores: Stores,
  buckets: Readonly<Record<string, BucketSeed>>,
  projectLimit: number,
): Promise<void> {
  for (const [bucket, seed] of Object.entries(buckets)) {
    try {
      await putBucket(stores, bucket, seed, projectLimit)
    } catch (cause) {
      throw seedFailed(bucket, undefined, cause)
    }
    if (seed.objectsPath) await seedFiles(stores, bucket, seed.objectsPath, projectLimit)
  }
}

interface Rules {
  readonly public: boolean
  readonly fileSizeLimit: number | null
  readonly allowedMimeTypes: readonly string[] | null
}

async function putBucket({ database }: Stores, id: string, seed: BucketSeed, projectLimit: number): Promise<void> {
  const session = database.asService()
  const rules: Rules = {
    public: seed.public,
    fileSizeLimit: seed.fileSizeLimit === undefined ? null : Math.min(seed.fileSizeLimit, projectLimit),
    allowedMimeTypes: seed.allowedMimeTypes.length > 0 ? seed.allowedMimeTypes : null,
  }
  try {
    if (!follows(await findBucket(session, id), rules)) await updateBucket(session, id, rules, projectLimit)
  } catch (error) {
    if (!(error instanceof StorageError && error.code === 'NoSuchBucket')) throw error
    await createBucket(session, { id, name: id, owner: undefined, ...rules }, projectLimit)
  }
}

function follows(bucket: BucketRow, rules: Rules): boolean {
  return (
    bucket.public === rules.public &&
    bucket.file_size_limit === rules.fileSizeLimit &&
    JSON.stringify(bucket.allowed_mime_types) === JSON.stringify(rules.allowedMimeTypes)
  )
}
