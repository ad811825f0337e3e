import { StorageError } from '../../errors/index.ts'
import { folderPlaceholder } from '../../names.ts'
import { findObject, type IncomingFile, removeObjects, uploadObject } from '../../objects/index.ts'
import { serveObject } from '../../serving/index.ts'
import type { PostForm } from '../post-form.ts'
import { addressOf, readDocument, type S3Request, sessionOf, userMetadataOf } from '../s3-request.ts'
import { xml } from '../xml.ts'

/** Headers of an answer that a request may ask for otherwise, as `response-NAME` of its query. */
const overridable = [
  'content-type',
  'content-encoding',
  'content-language',
  'content-disposition',
  'cache-control',
  'expires',
]

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html, and that of HeadObject. */
export async function getObject(request: S3Request): Promise<Response> {
  const { stores, raw, query, method } = request
  const session = sessionOf(request, method === 'HEAD' ? 'storage.s3.object.info' : 'storage.s3.object.get')
  let userMetadata: Readonly<Record<string, unknown>> | null = null
  const find = async () => {
    const object = await findObject(session, addressOf(request))
    userMetadata = object.user_metadata
    return object
  }
  const answer = await serveObject(stores, raw, find, {})
  for (const [name, value] of Object.entries(userMetadata ?? {})) {
    const header = `x-amz-meta-${name}`
    if (typeof value === 'string' && /^[\w.-]+$/.test(name) && /^[\x20-\x7e]*$/.test(value)) {
      answer.headers.set(header.toLowerCase(), value)
    }
  }
  for (const name of overridable) {
    const override = query.get(`response-${name}`)
    if (override && /^[\t\x20-\x7e]+$/.test(override)) answer.headers.set(name, override)
  }
  return answer
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
export async function putObject(request: S3Request): Promise<Response> {
  const { headers, payload, name } = request
  if (payload.size === undefined) throw new StorageError('MissingContentLength')
  // What S3's tools make of a folder, Storage keeps in sight by a file in it.
  const isFolder = name.endsWith('/') && payload.size === 0
  const stored = isFolder ? { ...request, name: `${name}${folderPlaceholder}` } : request
  const eTag = await ifAbsent(headers, (overwrite) => store(stored, overwrite))
  return new Response(null, { headers: { etag: eTag } })
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html */
export async function postObject(request: S3Request, form: PostForm): Promise<Response> {
  const eTag = await store(request, true, form)
  const headers = { etag: eTag }
  if (form.answer !== 201) return new Response(null, { status: form.answer, headers })
  const { bucket: Bucket, name: Key } = request
  return xml(201, 'PostResponse', { Location: `${Bucket}/${Key}`, Bucket, Key, ETag: eTag }, headers)
}

const plain: Pick<IncomingFile, 'complete' | 'discard'> = { complete: async () => {}, discard: () => {} }

/** Answers the entity tag. */
async function store(request: S3Request, overwrite: boolean, { complete, discard } = plain): Promise<string> {
  const { stores, headers, payload, owner, projectLimit } = request
  const asker = request.as('storage.s3.upload')
  const file: IncomingFile = {
    body: payload.body,
    mimeType: mimeTypeOf(headers),
    cacheControl: headers.get('cache-control') ?? 'no-cache',
    size: payload.size,
    requestSize: payload.size,
    userMetadata: userMetadataOf(request),
    ...{ complete, discard },
  }
  const { metadata } = await uploadObject(stores, {
    ...{ asker, owner, overwrite, projectLimit, address: addressOf(request) },
    session: stores.database.as(asker),
    receive: async () => file,
  })
  return metadata.eTag ?? ''
}

/** A file without a type is bytes. */
export function mimeTypeOf(headers: Headers): string {
  const type = headers.get('content-type') || 'application/octet-stream'
  if (/^[\t\x20-\x7e]*$/.test(type)) return type
  throw new StorageError('InvalidRequest', { message: 'The content type has invalid characters' })
}

/** `If-None-Match: *` writes only what is not there; whatever else is there is overwritten. */
export async function ifAbsent<T>(headers: Headers, write: (overwrite: boolean) => Promise<T>): Promise<T> {
  const onlyNew = headers.get('if-none-match')?.trim() === '*'
  try {
    return await write(!onlyNew)
  } catch (error) {
    if (onlyNew && error instanceof StorageError && error.code === 'KeyAlreadyExists') {
      throw new StorageError('PreconditionFailed', { cause: error })
    }
    throw error
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html: what is not there is no error. */
export async function deleteObject(request: S3Request): Promise<Response> {
  const session = sessionOf(request, 'storage.s3.object.delete')
  await removeObjects(request.stores, session, request.bucket, [request.name])
  return new Response(null, { status: 204 })
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
export async function deleteObjects(request: S3Request): Promise<Response> {
  const { Delete } = (await readDocument(request)) as { Delete?: { Object?: unknown; Quiet?: unknown } }
  const named = [Delete?.Object ?? []].flat() as { Key?: unknown }[]
  const keys = named.flatMap(({ Key }) => (typeof Key === 'string' ? [Key] : []))
  if (keys.length === 0 || keys.length !== named.length || keys.length > 1000) throw new StorageError('MalformedXML')
  const session = sessionOf(request, 'storage.s3.object.delete_many')
  const removed = new Set(
    (await removeObjects(request.stores, session, request.bucket, keys)).map((object) => object.name),
  )
  // What is not there counts as deleted; but what only seems so to the caller may be another's.
  const seesAll = request.as('').caller.role === 'service_role'
  const left = seesAll ? [] : keys.filter((key) => !removed.has(key))
  const deleted = seesAll ? keys : [...removed]
  return xml(200, 'DeleteResult', {
    ...(Delete?.Quiet !== 'true' && { Deleted: deleted.map((Key) => ({ Key })) }),
    Error: left.map((Key) => ({
      Key,
      Code: 'AccessDenied',
      Message: 'You do not have permission to delete this object or the object does not exists',
    })),
  })
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html: no object has tags. */
export async function objectTags(request: S3Request): Promise<Response> {
  await findObject(sessionOf(request, 'storage.s3.object.get_tagging'), addressOf(request))
  return xml(200, 'Tagging', { TagSet: '' })
}
