import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { StorageError } from '../../errors/index.ts'
import { type Resumable, settledMark, versionPattern } from '../backend.ts'
import { clientConfig, type S3Place } from './connection.ts'
import { isMissing } from './missing.ts'
import { keyOfObject, objectKey } from './object-key.ts'
import { describe } from './s3-parts.ts'

const notes = ['.info', '.part'] as const

/** The key of the upload that a key on S3 is a note of: what it is called, or a piece too small for a part. */
export function noteOf(key: string): string | undefined {
  const ending = notes.find((note) => key.endsWith(note))
  return ending && key.slice(0, -ending.length)
}

/** Gathers resumable uploads as multipart uploads of S3, right under the keys that they will have. */
export async function s3Resumable(client: S3Client, place: S3Place, expiration: number): Promise<Resumable> {
  const { S3Store } = await import('@tus/s3-store')
  const { bucket: Bucket } = place
  const store = new S3Store({
    s3ClientConfig: { ...clientConfig(place), bucket: Bucket },
    expirationPeriodInMilliseconds: expiration,
    // Not every server of the protocol has tags.
    useTags: false,
    maxConcurrentPartUploads: 4,
    // What the store remembers of an upload would outlive it when it is swept.
    cache: { get: async () => undefined, set: async () => {}, delete: async () => {} },
  })
  return {
    store,
    idOf: objectKey,
    versionOf(id) {
      const version = keyOfObject(id)?.version
      return version !== undefined && versionPattern.test(version) ? version : undefined
    },
    async finish(id) {
      try {
        return await describe(client, Bucket, id)
      } catch (error) {
        throw isMissing(error) ? new StorageError('NoSuchUpload', { cause: error }) : error
      }
    },
    async settle(id) {
      const Key = `${id}.info`
      const { Body, Metadata } = await client.send(new GetObjectCommand({ Bucket, Key }))
      const upload = JSON.parse((await Body?.transformToString()) ?? '{}')
      const settled = { ...upload, metadata: { ...upload.metadata, [settledMark]: 'true' } }
      await client.send(new PutObjectCommand({ Bucket, Key, Body: JSON.stringify(settled), Metadata }))
    },
  }
}
