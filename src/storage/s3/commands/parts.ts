import { StorageError } from '../../errors/index.ts'
import { findObject } from '../../objects/index.ts'
import { listParts, listUploads, recordPart } from '../../parted/index.ts'
import { openObject } from '../../serving/index.ts'
import { numberOf, type S3Request, sessionOf } from '../s3-request.ts'
import { xml } from '../xml.ts'
import { assertSourceMatches, sourceOf } from './copy.ts'
import { encoderOf } from './list-objects.ts'
import { limitsFor, uploadOf } from './uploads.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html */
export async function uploadPart(request: S3Request): Promise<Response> {
  const { payload } = request
  if (payload.size === undefined) throw new StorageError('MissingContentLength')
  const eTag = await storePart(request, 'storage.s3.upload.part', payload.body, payload.size)
  return new Response(null, { headers: { etag: eTag } })
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html */
export async function uploadPartCopy(request: S3Request): Promise<Response> {
  const operation = 'storage.s3.upload.part_copy'
  const source = sourceOf(request.headers)
  const session = sessionOf(request, operation)
  await assertSourceMatches(request, source)
  const { bytes } = await openObject(request.stores, () => findObject(session, source))
  try {
    const range = copiedRange(request.headers.get('x-amz-copy-source-range'), bytes.size)
    const size = range.last - range.first + 1
    const body = size > 0 ? bytes.stream(range) : new Blob([]).stream()
    const eTag = await storePart(request, operation, body, size)
    return xml(200, 'CopyPartResult', { ETag: eTag, LastModified: new Date().toISOString() })
  } finally {
    await bytes.close()
  }
}

async function storePart(request: S3Request, operation: string, body: AsyncIterable<Uint8Array>, size: number) {
  const { stores } = request
  const number = numberOf(request, 'partNumber', 0, 1, 10_000)
  if (number === 0) throw new StorageError('InvalidParameter', { message: 'Invalid Parameter partNumber' })
  const upload = await uploadOf(request, operation)
  const limits = await limitsFor(request)
  if (size > limits.size) throw new StorageError('EntityTooLarge')
  const eTag = await stores.backend.parts.put(upload, number, exactly(size, body), size)
  await recordPart(stores.database.asService(request.as(operation)), upload, { number, eTag, size }, limits.size)
  return eTag
}

/** Passes bytes on if they are as many as was said. */
async function* exactly(size: number, body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let read = 0
  for await (const chunk of body) {
    read += chunk.length
    if (read > size) break
    yield chunk
  }
  if (read !== size) throw new StorageError('InvalidRequest', { message: 'The part is not as long as was said' })
}

function copiedRange(header: string | null, size: number) {
  if (header === null) return { first: 0, last: size - 1 }
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(header) ?? []
  const range = { first: Number(first ?? Number.NaN), last: Number(last ?? Number.NaN) }
  if (!(range.first <= range.last && range.last < size)) throw new StorageError('InvalidRange', { statusCode: 400 })
  return range
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html */
export async function partsOfUpload(request: S3Request): Promise<Response> {
  const { stores, bucket, name, query } = request
  const upload = await uploadOf(request, 'storage.s3.upload.list_parts')
  const limit = Math.min(numberOf(request, 'max-parts', 1000, 1, 1e9), 1000)
  const after = numberOf(request, 'part-number-marker', 0, 0, 1e9)
  const parts = await listParts(stores.database.asService(), upload.id, after, limit + 1)
  const page = parts.slice(0, limit)
  return xml(200, 'ListPartsResult', {
    Bucket: bucket,
    Key: name,
    UploadId: upload.id,
    PartNumberMarker: query.get('part-number-marker') ?? '0',
    NextPartNumberMarker: parts.length > limit ? page.at(-1)?.number : undefined,
    MaxParts: limit,
    IsTruncated: parts.length > limit,
    Part: page.map(({ number, eTag, size, lastModified }) => ({
      PartNumber: number,
      LastModified: new Date(lastModified).toISOString(),
      ETag: eTag,
      Size: size,
    })),
  })
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html; the service role's alone. */
export async function uploadsOfBucket(request: S3Request): Promise<Response> {
  const { stores, bucket, query } = request
  if (request.as('').caller.role !== 'service_role') throw new StorageError('AccessDenied')
  const limit = Math.min(numberOf(request, 'max-uploads', 1000, 1, 1e9), 1000)
  const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? '']
  const key = query.get('key-marker') ?? ''
  const after = key === '' ? undefined : { key, id: query.get('upload-id-marker') ?? '' }
  const uploads = await listUploads(stores.database.asService(), bucket, { prefix, limit: limit + 1, after })
  const page = uploads.slice(0, limit)
  const last = page.at(-1)
  const encode = encoderOf(query)
  const folderOf = (name: string) => {
    const end = delimiter === '' ? -1 : name.indexOf(delimiter, prefix.length)
    return end < 0 ? undefined : name.slice(0, end + delimiter.length)
  }
  const folders = new Set(page.flatMap((upload) => folderOf(upload.key) ?? []))
  return xml(200, 'ListMultipartUploadsResult', {
    Bucket: bucket,
    KeyMarker: encode(key),
    UploadIdMarker: query.get('upload-id-marker') ?? '',
    ...(uploads.length > limit && last && { NextKeyMarker: encode(last.key), NextUploadIdMarker: last.id }),
    Prefix: encode(prefix),
    Delimiter: delimiter || undefined,
    EncodingType: query.get('encoding-type') ?? undefined,
    MaxUploads: limit,
    IsTruncated: uploads.length > limit,
    Upload: page
      .filter((upload) => folderOf(upload.key) === undefined)
      .map((upload) => ({
        Key: encode(upload.key),
        UploadId: upload.id,
        Initiated: upload.created_at,
        StorageClass: 'STANDARD',
      })),
    CommonPrefixes: [...folders].map((Prefix) => ({ Prefix: encode(Prefix) })),
  })
}
