import { createWriteStream, openAsBlob } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Busboy, type BusboyInstance } from '@fastify/busboy'
import { errorMessage, PorticoError } from '#errors'

export interface MultipartLimits {
  readonly maxBodySize: number
  readonly maxUploadSize: number
  readonly maxUploads: number
  readonly maxBatch: number
}

/** The operations of a multipart request, its files in their places. */
export interface MultipartRequest {
  readonly params: object
  /** Removes the files. */
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Reads a request by the GraphQL multipart request specification: `operations`, then `map`, then the files. Files lie in
 * a temporary folder, never in memory; resolvers are given each as a `File`.
 *
 * @throws PorticoError BAD_REQUEST, PAYLOAD_TOO_LARGE
 */
export async function readMultipart(
  source: Readable,
  contentType: string,
  limits: MultipartLimits,
): Promise<MultipartRequest> {
  const folder = await mkdtemp(join(tmpdir(), 'portico-upload-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    const { fields, files } = await receive(source, contentType, folder, limits)
    return { params: place(fields, files), [Symbol.asyncDispose]: remove }
  } catch (error) {
    await remove()
    throw error
  }
}

type Files = ReadonlyMap<string, File>

async function receive(source: Readable, contentType: string, folder: string, limits: MultipartLimits) {
  const fields = new Map<string, string>()
  const files = new Map<string, File>()
  const writing: Promise<void>[] = []
  const streams: Readable[] = []
  const { promise: parsed, resolve, reject } = Promise.withResolvers<void>()

  const form = openForm(contentType, limits)
  form.on('field', (name, value, _nameCut, valueCut) => {
    if (valueCut) reject(new PorticoError('PAYLOAD_TOO_LARGE'))
    else if (fields.has(name)) reject(malformed(`"${name}" is given twice`))
    else fields.set(name, value)
  })
  form.on('file', (name, stream, filename, _encoding, type) => {
    stream.on('limit', () => reject(new PorticoError('PAYLOAD_TOO_LARGE', { message: 'A file is too large.' })))
    const path = join(folder, String(writing.length))
    const write = async () => {
      await pipeline(stream, createWriteStream(path, { mode: 0o600 }))
      const blob = await openAsBlob(path, { type })
      files.set(name, new File([blob], filename ?? '', { type }))
    }
    const written = write()
    written.catch(reject)
    writing.push(written)
    streams.push(stream)
  })
  form.on('filesLimit', () => reject(malformed(`a request may have ${limits.maxUploads} files`)))
  form.on('fieldsLimit', () => reject(malformed('there are too many fields')))
  form.on('error', (error: Error) => reject(malformed(error.message, error)))
  form.on('finish', resolve)
  source.on('error', reject)
  source.on('close', () => source.readableEnded || reject(malformed('the request broke off')))
  source.pipe(form)
  try {
    await parsed
    await Promise.all(writing)
  } catch (error) {
    // The request is not destroyed: its answer goes the same way.
    source.unpipe(form)
    source.pause()
    form.destroy()
    for (const stream of streams) stream.destroy()
    await Promise.allSettled(writing)
    throw error
  }
  return { fields, files }
}

function openForm(contentType: string, { maxBodySize, maxUploadSize, maxUploads }: MultipartLimits): BusboyInstance {
  try {
    const limits = { fileSize: maxUploadSize, files: maxUploads, fields: 2, fieldSize: maxBodySize, headerPairs: 20 }
    return new Busboy({ headers: { 'content-type': contentType }, limits })
  } catch (error) {
    throw malformed(errorMessage(error), error)
  }
}

/** The operations with each file where the map says. */
function place(fields: ReadonlyMap<string, string>, files: Files): object {
  const operations = jsonField(fields, 'operations')
  const map = jsonField(fields, 'map')
  for (const [name, paths] of Object.entries(map)) {
    const file = files.get(name)
    if (!file) throw malformed(`the map names a file "${name}" that is not there`)
    if (!Array.isArray(paths)) throw malformed('the map holds lists of paths')
    for (const path of paths) put(operations, String(path), file)
  }
  return operations
}

/** Only where a variable is, and holds null: whatever else a path may reach is not a file's place. */
function put(operations: object, path: string, file: File): void {
  const keys = path.split('.')
  const last = keys.pop() ?? ''
  const isVariable = keys[Array.isArray(operations) ? 1 : 0] === 'variables'
  const parent = keys.reduce<unknown>((at, key) => (isHeld(at, key) ? at[key] : undefined), operations)
  if (!isVariable || !isHeld(parent, last) || parent[last] !== null) {
    throw malformed(`"${path}" is no variable that is null`)
  }
  parent[last] = file
}

function isHeld(at: unknown, key: string): at is Record<string, unknown> {
  return typeof at === 'object' && at !== null && Object.hasOwn(at, key)
}

function jsonField(fields: ReadonlyMap<string, string>, name: string): object {
  try {
    const value: unknown = JSON.parse(fields.get(name) ?? '')
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // Told below.
  }
  throw malformed(`the field "${name}" holds JSON`)
}

function malformed(what: string, cause?: unknown): PorticoError {
  return new PorticoError('BAD_REQUEST', { message: `Multipart request: ${what}.`, cause })
}
