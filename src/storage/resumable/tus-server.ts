import { randomUUID } from 'node:crypto'
import { MemoryLocker, Server, type Upload } from '@tus/server'
import { gatheringTime, type Resumable, settledMark } from '../backend/index.ts'
import { assertMimeAllowed, findBucket } from '../buckets/index.ts'
import { StorageError } from '../errors/index.ts'
import { limitsOf, rehearseObject } from '../objects/index.ts'
import type { Stores } from '../stores.ts'
import { commitUpload } from './commit-upload.ts'
import type { Grant, GrantFor } from './grant.ts'
import { type AboutObject, aboutObject, overwriteMark, readMetadata } from './upload-request.ts'

interface ResumableOptions {
  readonly stores: Stores
  /** `[storage] file_size_limit`, in bytes. */
  readonly fileSizeLimit: number
  readonly tellError: (error: unknown) => StorageError
}

/** Where uploads are begun, behind the mount point. */
const uploadPath = '/upload/resumable'

/** Answers a request of the TUS protocol; `grantFor` says what it may write. */
export type ServeTus = (request: Request, grantFor: GrantFor) => Promise<Response>

type TusRequest = Parameters<Server['handleWeb']>[0]

/**
 * The TUS protocol, by @tus/server: who may upload is asked before a byte is written, and again with each request; the
 * last byte commits the object.
 */
export async function createTusServer({ stores, fileSizeLimit, tellError }: ResumableOptions): Promise<ServeTus> {
  const resumable = await stores.backend.resumable(gatheringTime)
  const grants = new WeakMap<object, GrantFor>()
  const committing = new Map<string, Promise<void>>()

  const aboutRequest = async (request: TusRequest, id: string | null): Promise<AboutObject> => {
    if (request.method === 'POST') {
      // The mark is the service's own to set.
      return { ...aboutObject(readMetadata(request.headers.get('upload-metadata'))), overwrites: false }
    }
    return aboutObject((await resumable.store.getUpload(id ?? '')).metadata ?? {})
  }

  const granted = async (request: TusRequest, { address, overwrites }: AboutObject): Promise<Grant> => {
    const grant = await grantOf(request, grants)(address)
    return { ...grant, overwrite: grant.overwrite || overwrites }
  }

  /** Two requests that find the upload complete wait for one commit. */
  const commit = async (request: TusRequest, upload: Upload): Promise<void> => {
    const grant = await granted(request, aboutObject(upload.metadata ?? {}))
    const underWay =
      committing.get(upload.id) ??
      commitUpload(stores, resumable, upload, grant, fileSizeLimit).finally(() => committing.delete(upload.id))
    committing.set(upload.id, underWay)
    await underWay
  }

  const server = new Server({
    path: uploadPath,
    datastore: resumable.store,
    locker: new MemoryLocker(),
    disableTerminationForFinishedUploads: true,
    respectForwardedHeaders: true,
    namingFunction: (request) => {
      const { address } = aboutObject(readMetadata(request.headers.get('upload-metadata')))
      return resumable.idOf({ ...address, version: randomUUID() })
    },
    generateUrl: (request, { proto, host, id }) => `${proto}://${host}${publicPath(request.url)}/${encodeId(id)}`,
    getFileIdFromRequest: (_request, last = '') => decodeId(resumable, last),

    async maxSize(request, id) {
      if (request.method === 'OPTIONS') return fileSizeLimit
      const { address } = await aboutRequest(request, id)
      return limitsOf(await findBucket(stores.database.asService(), address.bucket), address.name, fileSizeLimit).size
    },

    async onIncomingRequest(request, id) {
      const about = await aboutRequest(request, id)
      const { session, owner, overwrite } = await granted(request, about)
      if (request.method === 'HEAD') {
        const upload = await resumable.store.getUpload(id)
        // The request that wrote the last byte died before its commit: what the client takes for done is done now.
        if (upload.offset === upload.size && !upload.metadata?.[settledMark]) await commit(request, upload)
        return
      }
      const { address, mimeType, userMetadata } = about
      const length = Number(request.headers.get('upload-length') ?? Number.NaN)
      const metadata = { mimetype: mimeType, ...(Number.isSafeInteger(length) && { contentLength: length }) }
      await rehearseObject(session, { ...address, version: '1', owner, metadata, userMetadata }, overwrite)
    },

    async onUploadCreate(request, upload) {
      const { address, mimeType } = aboutObject(upload.metadata ?? {})
      const bucket = await findBucket(stores.database.asService(), address.bucket)
      assertMimeAllowed(mimeType, limitsOf(bucket, address.name, fileSizeLimit).mimeTypes)
      // Marks are the service's own to set.
      const { [settledMark]: _, [overwriteMark]: __, ...metadata } = upload.metadata ?? {}
      const { overwrite } = await grantOf(request, grants)(address)
      return { metadata: { ...metadata, ...(overwrite && { [overwriteMark]: 'true' }) } }
    },

    async onUploadFinish(request, upload) {
      const { metadata } = await resumable.store.getUpload(upload.id)
      if (!metadata?.[settledMark]) await commit(request, upload)
      return { headers: { 'Tus-Complete': '1' } }
    },

    onResponseError(_request, error) {
      if (!(error instanceof Error)) return undefined
      const { statusCode, message } = tellError(error)
      return { status_code: statusCode, body: message }
    },
  })

  return async (request, grantFor) => {
    grants.set(request, grantFor)
    return await server.handleWeb(request as unknown as TusRequest)
  }
}

function grantOf(request: object, grants: WeakMap<object, GrantFor>): GrantFor {
  const grantFor = grants.get(request)
  if (!grantFor) throw new Error('a request that nobody let in')
  return grantFor
}

/** Where clients find what is served at the URL: the mount point is taken off on the way in. */
function publicPath(url: string): string {
  return `/storage/v1${new URL(url).pathname.replace(/\/+$/, '')}`
}

/** Names of uploads hold slashes; in URLs they are written as on Supabase. */
function encodeId(id: string): string {
  return Buffer.from(id).toString('base64url')
}

/** Undefined for what is none of this service, but reads as an upload does on Supabase: BUCKET/OBJECT/VERSION. */
function decodeId(resumable: Resumable, text: string): string | undefined {
  const id = Buffer.from(text, 'base64url').toString()
  if (encodeId(id) === text && resumable.versionOf(id) !== undefined) return id
  if (id.split('/').length < 3) throw new StorageError('InvalidUploadId')
  return undefined
}
