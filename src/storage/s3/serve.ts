import type { Caller } from '#database'
import type { Asker } from '../database/index.ts'
import { StorageError } from '../errors/index.ts'
import { assertBucketName, assertObjectName } from '../names.ts'
import type { Stores } from '../stores.ts'
import { authenticate, type S3Keys } from './authenticate.ts'
import * as commands from './commands/index.ts'
import { errorAnswer } from './error-answer.ts'
import { readPayload } from './payload.ts'
import type { S3Request } from './s3-request.ts'

export interface S3Options {
  readonly stores: Stores
  readonly keys: S3Keys
  readonly region: string
  readonly verify: (token: string) => Promise<Caller>
  /** `[storage] file_size_limit`, in bytes. */
  readonly fileSizeLimit: number
  /** Turns whatever was thrown into an error of the Storage API, and logs what is not for the client. */
  readonly tellError: (error: unknown) => StorageError
}

type Command = (request: S3Request) => Promise<Response>

/** Answers a request of the S3 protocol, whose path begins with `/s3`. */
export async function serveS3(
  request: Request,
  body: AsyncIterable<Uint8Array>,
  options: S3Options,
): Promise<Response> {
  const { stores, keys, verify, region, fileSizeLimit, tellError } = options
  const url = new URL(request.url)
  let resource = ''
  try {
    const { bucket, name } = addressIn(url.pathname)
    resource = [bucket, name].filter(Boolean).join('/')
    const { caller, signature, secret } = await authenticate(request, keys, verify)
    const information = { method: request.method, path: url.pathname, headers: safeHeaders(request.headers) }
    const asked: S3Request = {
      stores,
      projectLimit: fileSizeLimit,
      raw: request,
      method: request.method,
      bucket,
      name,
      query: url.searchParams,
      headers: request.headers,
      payload: readPayload(request.headers, body, signature, secret),
      owner: typeof caller.claims.sub === 'string' ? caller.claims.sub : undefined,
      region,
      as: (operation): Asker => ({ caller, request: information, operation }),
    }
    return await commandOf(asked)(asked)
  } catch (error) {
    return errorAnswer(tellError(error), request.method, resource)
  }
}

function addressIn(pathname: string): { bucket: string; name: string } {
  let path: string
  try {
    path = decodeURIComponent(pathname)
  } catch (cause) {
    throw new StorageError('InvalidKey', { message: 'Invalid key', cause })
  }
  const [, bucket = '', name = ''] = /^\/s3(?:\/([^/]*)(?:\/(.*))?)?$/s.exec(path) ?? []
  if (bucket !== '') assertBucketName(bucket)
  if (name !== '') assertObjectName(name)
  return { bucket, name }
}

/** A policy may look at the headers; a signature is a secret. */
function safeHeaders(headers: Headers): Record<string, string> {
  return Object.fromEntries(
    [...headers].filter(([name]) => name !== 'authorization' && name !== 'x-amz-security-token'),
  )
}

/** What the method and the query ask for. */
function commandOf({ method, bucket, name, query, headers }: S3Request): Command {
  if (bucket === '') return method === 'GET' ? commands.listAllBuckets : refused
  return name === '' ? bucketCommand(method, query) : objectCommand(method, query, headers)
}

function bucketCommand(method: string, query: URLSearchParams): Command {
  const of = subresource(query)
  switch (`${method} ${of}`) {
    case 'GET ':
      return query.get('list-type') === '2' ? commands.listObjectsV2 : commands.listObjectsV1
    case 'GET location':
      return commands.bucketLocation
    case 'GET versioning':
      return commands.bucketVersioning
    case 'GET uploads':
      return commands.uploadsOfBucket
    case 'HEAD ':
      return commands.headBucket
    case 'PUT ':
      return commands.putBucket
    case 'DELETE ':
      return commands.removeBucket
    case 'POST delete':
      return commands.deleteObjects
    default:
      return refused
  }
}

function objectCommand(method: string, query: URLSearchParams, headers: Headers): Command {
  const of = subresource(query)
  const copies = headers.has('x-amz-copy-source')
  switch (`${method} ${of}`) {
    case 'GET ':
    case 'HEAD ':
      return commands.getObject
    case 'GET tagging':
      return commands.objectTags
    case 'GET uploadId':
      return commands.partsOfUpload
    case 'PUT ':
      return copies ? commands.copy : commands.putObject
    case 'PUT uploadId':
      return copies ? commands.uploadPartCopy : commands.uploadPart
    case 'POST uploads':
      return commands.createUpload
    case 'POST uploadId':
      return commands.completeUpload
    case 'DELETE ':
      return commands.deleteObject
    case 'DELETE uploadId':
      return commands.abortUpload
    default:
      return refused
  }
}

/** What stands beside the bucket or object itself; a name in the query that says something else than how to list. */
const subresources = [
  'accelerate',
  'acl',
  'analytics',
  'attributes',
  'cors',
  'delete',
  'encryption',
  'intelligent-tiering',
  'inventory',
  'legal-hold',
  'lifecycle',
  'location',
  'logging',
  'metrics',
  'notification',
  'object-lock',
  'ownershipControls',
  'policy',
  'policyStatus',
  'publicAccessBlock',
  'replication',
  'requestPayment',
  'restore',
  'retention',
  'select',
  'tagging',
  'torrent',
  'uploadId',
  'uploads',
  'versioning',
  'versions',
  'website',
]

function subresource(query: URLSearchParams): string {
  return subresources.find((name) => query.has(name)) ?? ''
}

const refused: Command = () => Promise.reject(new StorageError('NotImplemented'))
