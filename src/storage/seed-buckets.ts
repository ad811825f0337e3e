import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, join, relative, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { getMimeType } from 'hono/utils/mime'
import { errorMessage, PorticoError } from '#errors'
import { createBucket, updateBucket } from './buckets/index.ts'
import { serviceCaller } from './database/index.ts'
import { StorageError } from './errors/index.ts'
import { findObject, type IncomingFile, type ObjectAddress, uploadObject } from './objects/index.ts'
import type { Stores } from './stores.ts'

/** `[storage.buckets.NAME]` of config.toml. */
export interface BucketSeed {
  readonly public: boolean
  /** Bytes. */
  readonly fileSizeLimit?: number | undefined
  readonly allowedMimeTypes: readonly string[]
  /** A folder or a file, absolute. */
  readonly objectsPath?: string | undefined
}

const asker = { caller: serviceCaller, request: undefined, operation: 'storage.object.upload' }

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
      throw failed(bucket, undefined, cause)
    }
    if (!seed.objectsPath) continue
    for (const file of await filesOf(bucket, seed.objectsPath)) {
      try {
        await putFile(stores, { bucket, name: file.name }, file.path, seed, projectLimit)
      } catch (cause) {
        throw failed(bucket, file.path, cause)
      }
    }
  }
}

async function putBucket({ database }: Stores, id: string, seed: BucketSeed, projectLimit: number): Promise<void> {
  const session = database.asService()
  const rules = {
    public: seed.public,
    fileSizeLimit: seed.fileSizeLimit === undefined ? null : Math.min(seed.fileSizeLimit, projectLimit),
    allowedMimeTypes: seed.allowedMimeTypes.length > 0 ? seed.allowedMimeTypes : null,
  }
  try {
    await createBucket(session, { id, name: id, owner: undefined, ...rules }, projectLimit)
  } catch (error) {
    if (!(error instanceof StorageError && error.code === 'BucketAlreadyExists')) throw error
    await updateBucket(session, id, rules, projectLimit)
  }
}

async function putFile(
  stores: Stores,
  address: ObjectAddress,
  path: string,
  { allowedMimeTypes }: BucketSeed,
  projectLimit: number,
): Promise<void> {
  const type = getMimeType(path) ?? 'application/octet-stream'
  // A bucket's list names types without parameters, and compares exactly.
  const mimeType = allowedMimeTypes.length > 0 ? type.replace(/;.*/, '') : type
  const service = stores.database.asService()
  if (await isStored(service, address, path, mimeType)) return
  await uploadObject(stores, {
    address,
    asker,
    session: service,
    owner: undefined,
    overwrite: true,
    projectLimit,
    receive: () => fileToUpload(path, mimeType),
  })
}

async function isStored(
  service: Parameters<typeof findObject>[0],
  address: ObjectAddress,
  path: string,
  mimeType: string,
): Promise<boolean> {
  try {
    const { metadata } = await findObject(service, address)
    return metadata?.mimetype === mimeType && metadata.eTag === `"${await md5Of(path)}"`
  } catch (error) {
    if (error instanceof StorageError && error.code === 'NoSuchKey') return false
    throw error
  }
}

async function md5Of(path: string): Promise<string> {
  const hash = createHash('md5')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

async function fileToUpload(path: string, mimeType: string): Promise<IncomingFile> {
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

/** The file itself, or all regular files below a folder, in the order of their names. */
async function filesOf(bucket: string, path: string): Promise<{ path: string; name: string }[]> {
  try {
    if ((await stat(path)).isFile()) return [{ path, name: basename(path) }]
    const entries = await readdir(path, { recursive: true, withFileTypes: true })
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((file) => ({ path: file, name: relative(path, file).split(sep).join('/') }))
  } catch (cause) {
    throw failed(bucket, path, cause)
  }
}

function failed(bucket: string, file: string | undefined, cause: unknown): PorticoError {
  return new PorticoError('SEED_OBJECT_FAILED', {
    message: `[storage.buckets.${bucket}]${file ? ` ${file}` : ''}: ${errorMessage(cause)}`,
    details: { bucket, ...(file && { file }) },
    cause,
  })
}
