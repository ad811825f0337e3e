import type { IncomingFile } from '../objects/index.ts'
import { readForm } from './read-form.ts'
import { requestSize } from './request-size.ts'
import { longestUserMetadata, parseUserMetadata } from './user-metadata.ts'

const limits = { mostFields: 10, longestField: longestUserMetadata }

/**
 * The first file of a multipart form, without holding it in memory. The fields `cacheControl` (seconds),
 * `contentType` and `metadata` count where they come before the file, as storage-js sends them.
 */
export async function receiveForm(headers: Headers, body: AsyncIterable<Uint8Array>): Promise<IncomingFile> {
  const { fields, file, mimeType, complete, discard } = await readForm(headers, body, limits)
  try {
    const seconds = fields.get('cacheControl')
    return {
      body: file,
      mimeType: fields.get('contentType') || mimeType,
      cacheControl: seconds ? `max-age=${seconds}` : 'no-cache',
      size: undefined,
      requestSize: requestSize(headers),
      userMetadata: parseUserMetadata(fields.get('metadata') ?? fields.get('userMetadata')),
      complete,
      discard,
    }
  } catch (error) {
    discard()
    throw error
  }
}
