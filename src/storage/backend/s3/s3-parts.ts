import { Readable } from 'node:stream'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import type { PartedUpload, Parts } from '../backend.ts'
import { isMissing } from './missing.ts'
import { objectKey } from './object-key.ts'

/** S3 gathers parts itself. */
export function s3Parts(client: S3Client, Bucket: string): Parts {
  const at = ({ id, key }: PartedUpload) => ({ Bucket, Key: objectKey(key), UploadId: id })

  return {
    async begin(key) {
      const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: objectKey(key) }))
      if (UploadId === undefined) throw new Error('S3 began no upload')
      return UploadId
    },
    async put(upload, number, body, size) {
      const { ETag = '' } = await client.send(
        new UploadPartCommand({
          ...at(upload),
          PartNumber: number,
          Body: Readable.from(body, { objectMode: false }),
          ContentLength: size,
        }),
      )
      return ETag
    },
    async join(upload, parts) {
      const Parts = parts.map(({ number, eTag }) => ({ PartNumber: number, ETag: eTag }))
      try {
        await client.send(new CompleteMultipartUploadCommand({ ...at(upload), MultipartUpload: { Parts } }))
      } catch (error) {
        // Joined before, by a request that died before it could say so; or else the object is not there either.
        if (!isMissing(error)) throw error
      }
      return await describe(client, Bucket, objectKey(upload.key))
    },
    async abandon(upload) {
      try {
        await client.send(new AbortMultipartUploadCommand(at(upload)))
      } catch (error) {
        if (!isMissing(error)) throw error
      }
    },
  }
}

/** What S3 has under a key. */
export async function describe(client: S3Client, Bucket: string, Key: string) {
  const {
    ContentLength,
    ETag = '',
    LastModified = new Date(),
  } = await client.send(new HeadObjectCommand({ Bucket, Key }))
  return { size: ContentLength ?? 0, eTag: ETag, lastModified: LastModified }
}
