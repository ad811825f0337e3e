import { StorageError } from '../errors/index.ts'
import * as commands from './commands/index.ts'
import type { S3Request } from './s3-request.ts'

type Command = (request: S3Request) => Promise<Response>

/** What the method and the query ask for. */
export function commandOf({ method, bucket, name, query, headers }: S3Request): Command {
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
