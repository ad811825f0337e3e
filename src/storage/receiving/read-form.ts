import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy'
import { errorMessage } from '#errors'
import { StorageError } from '../errors/index.ts'

/** A multipart form up to its file, which is not read yet. */
export interface Form {
  /** The fields before the file, each as it came first. */
  readonly fields: ReadonlyMap<string, string>
  readonly file: Readable
  readonly fileName: string
  readonly mimeType: string
  /** Resolves when the form has been read to its end and was whole. */
  complete(): Promise<void>
  /** Stops reading. */
  discard(): void
}

/** What is held in memory of a form; of a longer field one byte more, which tells. */
interface FormLimits {
  readonly mostFields: number
  /** Bytes of one field. */
  readonly longestField: number
}

/** Reads a form as far as its first file, without holding that in memory. Throws InvalidRequest where there is none. */
export async function readForm(headers: Headers, body: AsyncIterable<Uint8Array>, limits: FormLimits): Promise<Form> {
  const source = Readable.from(body, { objectMode: false })
  const fields = new Map<string, string>()
  const { promise: arrival, resolve, reject } = Promise.withResolvers<Pick<Form, 'fileName' | 'mimeType'> & Opened>()
  const form = openForm(headers.get('content-type') ?? '', limits)
    .on('field', (name, value) => {
      if (!fields.has(name)) fields.set(name, value)
    })
    .on('file', (_name, file, fileName, _encoding, mimeType) =>
      resolve({ fields: new Map(fields), file, fileName, mimeType }),
    )
  const parsed = pipeline(source, form).catch((cause: unknown) => {
    throw new StorageError('InvalidRequest', { message: errorMessage(cause), cause })
  })
  parsed.then(() => reject(noContent()), reject)
  // The parser may fail once more after the pipeline has let go of it.
  form.on('error', () => {})

  const arrived = await arrival
  const { file } = arrived
  file.on('error', () => {})
  // It does not tell an open file that the form broke off.
  parsed.catch((error) => file.destroy(error))
  return {
    ...arrived,
    complete: () => parsed,
    discard() {
      source.destroy()
      file.destroy()
    },
  }
}

interface Opened {
  readonly fields: ReadonlyMap<string, string>
  readonly file: BusboyFileStream
}

function openForm(contentType: string, { mostFields, longestField }: FormLimits): BusboyInstance {
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      limits: { files: 1, fields: mostFields, fieldSize: longestField + 1, headerPairs: 20 },
    })
  } catch (cause) {
    throw noContent(cause)
  }
}

function noContent(cause?: unknown): StorageError {
  return new StorageError('InvalidRequest', { message: 'No content provided', cause })
}
