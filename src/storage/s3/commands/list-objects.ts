import { findBucket } from '../../buckets/index.ts'
import { StorageError } from '../../errors/index.ts'
import { listPage, type Page } from '../../objects/index.ts'
import { numberOf, type S3Request, sessionOf } from '../s3-request.ts'
import { xml } from '../xml.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export async function listObjectsV2(request: S3Request): Promise<Response> {
  const { query } = request
  const token = query.get('continuation-token') || undefined
  const startAfter = query.get('start-after') || undefined
  const page = await pageOf(request, { cursor: token, startAfter })
  const { encode, content } = contentOf(request, page)
  return xml(200, 'ListBucketResult', {
    ...content,
    KeyCount: page.objects.length + page.folders.length,
    ContinuationToken: token,
    NextContinuationToken: page.nextCursor,
    StartAfter: startAfter && encode(startAfter),
  })
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html */
export async function listObjectsV1(request: S3Request): Promise<Response> {
  const marker = request.query.get('marker') ?? ''
  const page = await pageOf(request, { startAfter: marker || undefined })
  const { encode, content } = contentOf(request, page)
  const next = page.nextCursorKey
  return xml(200, 'ListBucketResult', {
    ...content,
    Marker: encode(marker),
    ...(next !== undefined && request.query.get('delimiter') && { NextMarker: encode(next) }),
  })
}

async function pageOf(
  request: S3Request,
  from: { cursor?: string | undefined; startAfter?: string | undefined },
): Promise<Page> {
  const { query, bucket } = request
  const delimiter = query.get('delimiter') ?? ''
  if (delimiter !== '' && delimiter !== '/') {
    throw new StorageError('InvalidParameter', { message: 'Invalid Parameter delimiter: only / delimits folders' })
  }
  const session = sessionOf(request, 'storage.s3.object.list')
  await findBucket(request.stores.database.asService(), bucket)
  const limit = limitOf(request)
  if (limit === 0) return { hasNext: false, folders: [], objects: [] }
  return await listPage(session, bucket, {
    prefix: query.get('prefix') ?? '',
    limit,
    folders: delimiter === '/',
    ...from,
  })
}

function limitOf(request: S3Request): number {
  return Math.min(numberOf(request, 'max-keys', 1000, 0, 1e9), 1000)
}

function contentOf(request: S3Request, page: Page) {
  const { query, bucket } = request
  const encode = encoderOf(query)
  const content = {
    Name: bucket,
    Prefix: encode(query.get('prefix') ?? ''),
    Delimiter: query.get('delimiter') || undefined,
    MaxKeys: limitOf(request),
    EncodingType: query.get('encoding-type') ?? undefined,
    IsTruncated: page.hasNext,
    Contents: page.objects.map(({ name, updated_at, metadata }) => ({
      Key: encode(name),
      LastModified: updated_at ?? undefined,
      ETag: metadata?.eTag ?? '',
      Size: metadata?.size ?? 0,
      StorageClass: 'STANDARD',
    })),
    CommonPrefixes: page.folders.map(({ name }) => ({ Prefix: encode(name) })),
  }
  return { encode, content }
}

/** What `encoding-type=url` does to names: slashes stay. */
export function encoderOf(query: URLSearchParams): (text: string) => string {
  if (query.get('encoding-type') !== 'url') return (text) => text
  return (text) => encodeURIComponent(text).replaceAll('%2F', '/')
}
