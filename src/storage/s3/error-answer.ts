import type { StorageError } from '../errors/index.ts'
import { xml } from './xml.ts'

/** Where S3's name for an error is another one than the Storage API's. */
const names: Partial<Record<StorageError['code'], string>> = {
  ResourceNotEmpty: 'BucketNotEmpty',
  MissingPart: 'InvalidPart',
  InvalidChecksum: 'BadDigest',
}

/** An error as S3 answers it: with its true status, in XML. */
export function errorAnswer(error: StorageError, method: string, resource: string): Response {
  const headers = { ...error.headers }
  if (method === 'HEAD') return new Response(null, { status: error.statusCode, headers })
  const content = { Resource: resource, Code: names[error.code] ?? error.code, Message: error.message }
  return xml(error.statusCode, 'Error', content, headers)
}
