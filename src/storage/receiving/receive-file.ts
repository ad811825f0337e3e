import { StorageError } from '../errors/index.ts'
import type { IncomingFile } from '../objects/index.ts'
import { assertRobotsTag } from '../serving/index.ts'
import { isMediaType } from '../validation/index.ts'
import { receiveForm } from './receive-form.ts'
import { requestSize } from './request-size.ts'
import { decodeUserMetadata } from './user-metadata.ts'

/** The file that a request uploads: that of a multipart form, or else the body itself. */
export async function receiveFile(headers: Headers, body: AsyncIterable<Uint8Array>): Promise<IncomingFile> {
  const contentType = headers.get('content-type')
  if (contentType !== null && !isMediaType(contentType)) throw new StorageError('InvalidContentType')
  const robotsTag = headers.get('x-robots-tag') || undefined
  if (robotsTag !== undefined) assertRobotsTag(robotsTag)
  const isForm = /^multipart\/form-data/i.test(contentType ?? '')
  const file = isForm ? await receiveForm(headers, body) : receiveBody(headers, body)
  if (!headerValue.test(file.mimeType) || !headerValue.test(file.cacheControl)) {
    file.discard()
    throw new StorageError('InvalidRequest', { message: 'The content type or cache control has invalid characters' })
  }
  return { ...file, robotsTag }
}

/** What can be answered as a header when the object is downloaded. */
const headerValue = /^[\t\x20-\x7e]*$/

function receiveBody(headers: Headers, body: AsyncIterable<Uint8Array>): IncomingFile {
  const size = requestSize(headers)
  return {
    body,
    mimeType: headers.get('content-type') || 'application/octet-stream',
    cacheControl: headers.get('cache-control') ?? 'no-cache',
    size,
    requestSize: size,
    userMetadata: decodeUserMetadata(headers.get('x-metadata')),
    complete: () => Promise.resolve(),
    discard: () => {},
  }
}
