import { S3ServiceException } from '@aws-sdk/client-s3'

const names = new Set(['NoSuchKey', 'NotFound', 'NoSuchUpload'])

/** Whether S3 says that there is no such object, or upload. */
export function isMissing(error: unknown): boolean {
  return error instanceof S3ServiceException && names.has(error.name)
}
