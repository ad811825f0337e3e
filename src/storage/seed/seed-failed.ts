import { errorMessage, PorticoError } from '#errors'

/** SEED_OBJECT_FAILED, naming the bucket and the file. */
export function seedFailed(bucket: string, file: string | undefined, cause: unknown): PorticoError {
  return new PorticoError('SEED_OBJECT_FAILED', {
    message: `[storage.buckets.${bucket}]${file ? ` ${file}` : ''}: ${errorMessage(cause)}`,
    details: { bucket, ...(file && { file }) },
    cause,
  })
}
