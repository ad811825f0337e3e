import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy'
import { errorMessage } from '#errors'
import { StorageError } from '../errors/index.ts'
import type { IncomingFile } from '../objects/index.ts'
import { requestSize } from './request-size.ts'
import { longestUserMetadata, parseUserMetadata } from './user-metadata.ts'

/**
 * The first file of a multipart form, without holding it in memory. The fields `cacheControl` (seconds),
 * `contentType` and `metadata` count where they come before the file, as storage-js sends them.
 */
export async function receiveForm(headers: Headers, body: AsyncIterable<Uint8Array>): Promise<IncomingFile> {
  const source = Readable.from(body, { objectMode: false })
  const fields = new Map<string, string>()
  const { promise: arrival, resolve, reject } = Promise.withResolvers<{ stream: BusboyFileStream; type: string }>()
  const form = openForm(headers.get('content-type') ?? '')
    .on('field', (name, value) => {
      if (!fields.has(name)) fields.set(name, value)
    })
    .on('file', (_name, stream, _filename, _encoding, type) => resolve({ stream, type }))
  const parsed = pipeline(source, form).catch((cause: unknown) => {
    throw new StorageError('InvalidRequest', { message: errorMessage(cause), cause })
  })
  parsed.then(() => reject(noContent()), reject)
  // The parser may fail once more after the pipeline has let go of it.
  form.on('error', () => {})

  const { stream, type } = await arrival
  stream.on('error', () => {})
  // It does not tell an open file that the form broke off.
  parsed.catch((error) => stream.destroy(error))
  const discard = () => {
    source.destroy()
    stream.destroy()
  }
  try {
    const seconds = fields.get('cacheControl')
    return {
      body: stream,
      mimeType: fields.get('contentType') || type,
      cacheControl: seconds ? `max-age=${seconds}` : 'no-cache',
      size: undefined,
      requestSize: requestSize(headers),
      userMetadata: parseUserMetadata(fields.get('metadata') ?? fields.get('userMetadata')),
      complete: () => parsed,
      discard,
    }
  } catch (error) {
    discard()
    throw error
  }
}

function openForm(contentType: string): BusboyInstance {
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      limits: { files: 1, fields: 10, fieldSize: longestUserMetadata + 1, headerPairs: 20 },
    })
  } catch (cause) {
    throw noContent(cause)
  }
}

function noContent(cause?: unknown): StorageError {
  return new StorageError('InvalidRequest', { message: 'No content provided', cause })
}
