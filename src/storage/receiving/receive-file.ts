import { StorageError } from '../errors/index.ts'
import type { IncomingFile } from '../objects/index.ts'
import { receiveForm } from './receive-form.ts'
import { requestSize } from './request-size.ts'
import { decodeUserMetadata } from './user-metadata.ts'

/** The file that a request uploads: that of a multipart form, or else the body itself. */
export async function receiveFile(request: Request): Promise<IncomingFile> {
  const isForm = /^multipart\/form-data/i.test(request.headers.get('content-type') ?? '')
  const file = isForm ? await receiveForm(request) : receiveBody(request)
  if (!headerValue.test(file.mimeType) || !headerValue.test(file.cacheControl)) {
    file.discard()
    throw new StorageError('InvalidRequest', { message: 'The content type or cache control has invalid characters' })
  }
  return file
}

/** What can be answered as a header when the object is downloaded. */
const headerValue = /^[\t\x20-\x7e]*$/

function receiveBody(request: Request): IncomingFile {
  const { headers } = request
  const body = request.body ?? new Blob([]).stream()
  const size = requestSize(headers)
  return {
    body: untilBroken(body),
    mimeType: headers.get('content-type') || 'application/octet-stream',
    cacheControl: headers.get('cache-control') ?? 'no-cache',
    size,
    requestSize: size,
    userMetadata: decodeUserMetadata(headers.get('x-metadata')),
    complete: () => Promise.resolve(),
    discard: () => {
      // A body that is being read is cancelled by whoever reads it.
      if (!body.locked) body.cancel().catch(() => {})
    },
  }
}

/** Passes a body on; that its client has gone is not the service's failure. */
async function* untilBroken(body: ReadableStream<Uint8Array>): AsyncIterable<Uint8Array> {
  try {
    yield* body
  } catch (cause) {
    throw new StorageError('InvalidRequest', { message: 'The request broke off before the upload was complete', cause })
  }
}
