import { StorageError } from './errors/index.ts'

/**
 * The characters that a name may have: those that S3 calls safe, and those it says need special handling.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
 */
const objectCharacters = /^[A-Za-z0-9_/!.*'() &$=@;:+,?-]+$/
const bucketCharacters = /^[A-Za-z0-9_!.*'() &$=@;:+,?-]+$/

const longestObjectName = 1024
const longestBucketName = 100
/** Kept by Supabase for the buckets behind analytics tables. */
const reservedBucketSuffix = '--table-s3'

/** A name that an object may be stored under: at most 1024 bytes. Folders may be called nothing, as in `a//b`. */
function isObjectName(name: string): boolean {
  return (
    name.length <= longestObjectName &&
    objectCharacters.test(name) &&
    name.split('/').every((segment) => segment !== '.' && segment !== '..')
  )
}

/** Throws InvalidKey (400) for a name that no object may have. */
export function assertObjectName(name: string): void {
  if (!isObjectName(name)) throw new StorageError('InvalidKey', { message: `Invalid key: ${name}` })
}

function isBucketName(name: string): boolean {
  return (
    name.length <= longestBucketName &&
    bucketCharacters.test(name) &&
    name.trim() === name &&
    name !== '.' &&
    name !== '..' &&
    !name.endsWith(reservedBucketSuffix)
  )
}

/** Throws InvalidBucketName (400) for a name that no bucket may have. */
export function assertBucketName(name: string): void {
  if (!isBucketName(name)) throw new StorageError('InvalidBucketName')
}

/** Keeps an empty folder in sight, as the dashboard makes it; it has no content and no type. */
export const folderPlaceholder = '.emptyFolderPlaceholder'

export function isFolderPlaceholder(name: string): boolean {
  return name.endsWith(folderPlaceholder)
}
