import { StorageError } from '../../errors/index.ts'
import { copyObject, findObject, type ObjectAddress } from '../../objects/index.ts'
import { assertMatches } from '../../serving/index.ts'
import { addressOf, type S3Request, sessionOf, userMetadataOf } from '../s3-request.ts'
import { xml } from '../xml.ts'
import { ifAbsent, mimeTypeOf } from './objects.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
export async function copy(request: S3Request): Promise<Response> {
  const { stores, headers, owner } = request
  const asker = request.as('storage.s3.object.copy')
  const from = sourceOf(headers)
  await assertSourceMatches(request, from)
  const replaces = headers.get('x-amz-metadata-directive') === 'REPLACE'
  const cacheControl = headers.get('cache-control')
  const copied = await ifAbsent(headers, (overwrite) =>
    copyObject(stores, {
      asker,
      from,
      to: addressOf(request),
      owner,
      overwrite,
      metadata: replaces ? { mimetype: mimeTypeOf(headers), cacheControl: cacheControl ?? 'no-cache' } : {},
      userMetadata: replaces ? userMetadataOf(request) : undefined,
    }),
  )
  return xml(200, 'CopyObjectResult', { ETag: copied.metadata?.eTag ?? '', LastModified: copied.updated_at })
}

/** `x-amz-copy-source`: `bucket/name` or `/bucket/name`, percent-encoded. */
export function sourceOf(headers: Headers): ObjectAddress {
  let source = ''
  try {
    source = decodeURIComponent((headers.get('x-amz-copy-source') ?? '').replace(/\?versionId=.*$/, ''))
  } catch {
    // told below
  }
  const [, bucket, name] = /^\/?([^/]+)\/(.+)$/s.exec(source) ?? []
  if (bucket === undefined || name === undefined) {
    throw new StorageError('InvalidParameter', { message: 'Invalid Parameter CopySource' })
  }
  return { bucket, name }
}

/** The preconditions on the source: `x-amz-copy-source-if-match` and its like. */
export async function assertSourceMatches(request: S3Request, from: ObjectAddress): Promise<void> {
  const mark = 'x-amz-copy-source-if-'
  const conditions = new Headers()
  for (const [name, value] of request.headers) {
    if (name.startsWith(mark)) conditions.set(`if-${name.slice(mark.length)}`, value)
  }
  if ([...conditions].length === 0) return
  assertMatches(conditions, await findObject(sessionOf(request, 'storage.s3.object.copy'), from))
}
