import { assertMimeAllowed, findBucket } from '../../buckets/index.ts'
import { StorageError } from '../../errors/index.ts'
import { assertAddress, completeObject, type Limits, limitsOf, rehearseObject } from '../../objects/index.ts'
import { beginUpload, endUpload, findUpload, listParts, type Upload } from '../../parted/index.ts'
import { discardParts } from '../../stores.ts'
import { addressOf, readDocument, type S3Request, userMetadataOf } from '../s3-request.ts'
import { xml } from '../xml.ts'
import { ifAbsent, mimeTypeOf } from './objects.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html */
export async function createUpload(request: S3Request): Promise<Response> {
  const { stores, headers, bucket, name, owner } = request
  const address = addressOf(request)
  assertAddress(address)
  const asker = request.as('storage.s3.upload.create_multipart')
  const service = stores.database.asService(asker)
  const mimetype = mimeTypeOf(headers)
  assertMimeAllowed(mimetype, (await limitsFor(request)).mimeTypes)
  const metadata = { mimetype, cacheControl: headers.get('cache-control') ?? 'no-cache' }
  const about = { owner, metadata, userMetadata: userMetadataOf(request) }
  await rehearseObject(stores.database.as(asker), { ...address, ...about, version: '1' }, true)
  const id = await beginUpload(stores, service, address, about)
  return xml(200, 'InitiateMultipartUploadResult', { Bucket: bucket, Key: name, UploadId: id })
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html */
export async function abortUpload(request: S3Request): Promise<Response> {
  const { stores } = request
  const operation = 'storage.s3.upload.abort_multipart'
  const upload = await uploadOf(request, operation)
  await stores.database.asService(request.as(operation)).write((trx) => endUpload(trx, upload.id))
  await discardParts(stores, upload)
  return new Response(null, { status: 204 })
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html */
export async function completeUpload(request: S3Request): Promise<Response> {
  const { stores, bucket, name, owner, headers } = request
  const operation = 'storage.s3.upload.complete_multipart'
  const asker = request.as(operation)
  const upload = await uploadOf(request, operation)
  const parts = await chosenParts(request, upload)
  const limits = await limitsFor(request)
  const stored = await stores.backend.parts.join(upload, parts)
  await ifAbsent(headers, (overwrite) =>
    completeObject(stores, {
      asker,
      session: stores.database.as(asker),
      owner,
      overwrite,
      limits,
      key: upload.key,
      stored,
      mimeType: upload.metadata.mimetype ?? 'application/octet-stream',
      cacheControl: upload.metadata.cacheControl ?? 'no-cache',
      userMetadata: upload.userMetadata,
      alongside: (trx) => endUpload(trx, upload.id),
    }),
  )
  await discardParts(stores, upload)
  const location = `${bucket}/${name}`
  return xml(200, 'CompleteMultipartUploadResult', { Location: location, Bucket: bucket, Key: name, ETag: stored.eTag })
}

/** The upload that the query names, if the caller may still write the object. */
export async function uploadOf(request: S3Request, operation: string): Promise<Upload> {
  const { stores, query, owner } = request
  const asker = request.as(operation)
  const id = query.get('uploadId') ?? ''
  const upload = await findUpload(stores.database.asService(asker), id, addressOf(request))
  const { key, metadata, userMetadata } = upload
  await rehearseObject(stores.database.as(asker), { ...key, version: '1', owner, metadata, userMetadata }, true)
  return upload
}

export async function limitsFor({ stores, bucket, name, projectLimit }: S3Request): Promise<Limits> {
  return limitsOf(await findBucket(stores.database.asService(), bucket), name, projectLimit)
}

/** The parts that the client names, which must be those that were stored. Throws MalformedXML where it names none. */
async function chosenParts(request: S3Request, upload: Upload) {
  const stored = await listParts(request.stores.database.asService(), upload.id)
  const document = (await readDocument(request)) as { CompleteMultipartUpload?: { Part?: unknown } }
  const named = [document.CompleteMultipartUpload?.Part ?? []].flat() as { PartNumber?: unknown; ETag?: unknown }[]
  if (named.length === 0) throw new StorageError('MalformedXML')
  const byNumber = new Map(stored.map((part) => [part.number, part]))
  let last = 0
  return named.map(({ PartNumber, ETag }) => {
    const part = byNumber.get(Number(PartNumber))
    if (!part || unquoted(part.eTag) !== unquoted(String(ETag))) {
      throw new StorageError('MissingPart', {
        message: `Part ${Number(PartNumber)} is missing for upload id ${upload.id}`,
      })
    }
    if (part.number <= last) throw new StorageError('MalformedXML', { message: 'The parts are not in ascending order' })
    last = part.number
    return part
  })
}

function unquoted(eTag: string): string {
  return eTag.replaceAll('"', '')
}
