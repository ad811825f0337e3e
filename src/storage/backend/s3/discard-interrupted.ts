import {
  AbortMultipartUploadCommand,
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3'
import { isMissing } from './missing.ts'
import { noteOf } from './s3-resumable.ts'

/** Removes the multipart uploads that were begun before a time, and the notes of resumable ones. Answers how many. */
export async function discardInterrupted(client: S3Client, Bucket: string, before: Date): Promise<number> {
  let count = 0
  for await (const { Key, UploadId, Initiated } of uploadsOf(client, Bucket)) {
    if (!Initiated || Initiated >= before) continue
    try {
      await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }))
      count++
    } catch (error) {
      if (!isMissing(error)) throw error
    }
  }
  for await (const { Contents } of paginateListObjectsV2({ client }, { Bucket })) {
    const Objects = (Contents ?? []).flatMap(({ Key = '', LastModified }) =>
      noteOf(Key) !== undefined && LastModified && LastModified < before ? [{ Key }] : [],
    )
    if (Objects.length === 0) continue
    await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }))
    count += Objects.length
  }
  return count
}

async function* uploadsOf(client: S3Client, Bucket: string) {
  let marker: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } | undefined = {}
  while (marker) {
    const page: Awaited<ReturnType<typeof nextPage>> = await nextPage(client, Bucket, marker)
    yield* page.Uploads ?? []
    marker = page.IsTruncated ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker } : undefined
  }
}

function nextPage(client: S3Client, Bucket: string, marker: object) {
  return client.send(new ListMultipartUploadsCommand({ Bucket, ...marker }))
}
