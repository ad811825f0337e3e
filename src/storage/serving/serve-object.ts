import type { OpenBytes } from '../backend/index.ts'
import type { ObjectRow } from '../database/index.ts'
import { StorageError } from '../errors/index.ts'
import type { Stores } from '../stores.ts'
import { byteRange } from './byte-range.ts'
import { isAsExpected, isNotModified, rangeHolds } from './conditions.ts'
import { objectHeaders, type Serving, validatorsOf } from './object-headers.ts'

/** Answers a download: 200, 206 for a range, 304 where the client has it, or its headers alone for HEAD. */
export async function serveObject(
  stores: Stores,
  request: Request,
  find: () => Promise<ObjectRow>,
  serving: Serving,
): Promise<Response> {
  if (request.method === 'HEAD') return describeObject(request, await find(), serving)
  const { object, bytes } = await openObject(stores, find)
  return await answerBytes(request, object, bytes, serving)
}

/** Answers the bytes of an object, all or a range of them, or that the client has them already. */
export async function answerBytes(
  request: Request,
  object: ObjectRow,
  bytes: OpenBytes,
  serving: Serving,
  more: Readonly<Record<string, string>> = {},
): Promise<Response> {
  try {
    assertMatches(request.headers, object)
    const headers = objectHeaders(request, object, serving)
    for (const [name, value] of Object.entries(more)) headers.set(name, value)
    const validators = validatorsOf(object)
    if (isNotModified(request.headers, validators)) {
      await bytes.close()
      headers.delete('content-type')
      return new Response(null, { status: 304, headers })
    }
    // Only GET has ranges (RFC 9110, section 14.2).
    const wanted = request.method === 'HEAD' ? null : request.headers.get('range')
    if (!wanted || !rangeHolds(request.headers, validators)) {
      headers.set('content-length', String(bytes.size))
      if (request.method !== 'HEAD') return new Response(bytes.stream(), { headers })
      await bytes.close()
      return new Response(null, { headers })
    }
    const range = byteRange(wanted, bytes.size)
    headers.set('content-range', `bytes ${range.first}-${range.last}/${bytes.size}`)
    headers.set('content-length', String(range.last - range.first + 1))
    return new Response(bytes.stream(range), { status: 206, headers })
  } catch (error) {
    await bytes.close()
    throw error
  }
}

/** Throws PreconditionFailed where the request is for another content than the object has. */
export function assertMatches(headers: Headers, object: ObjectRow): void {
  if (!isAsExpected(headers, validatorsOf(object))) throw new StorageError('PreconditionFailed', { status: 412 })
}

/** Answers HEAD from the row. */
function describeObject(request: Request, object: ObjectRow, serving: Serving = {}): Response {
  assertMatches(request.headers, object)
  const headers = objectHeaders(request, object, serving)
  if (isNotModified(request.headers, validatorsOf(object))) return new Response(null, { status: 304, headers })
  const size = object.metadata?.size
  if (Number.isSafeInteger(size)) headers.set('content-length', String(size))
  return new Response(null, { headers })
}

/**
 * The row and the bytes it names. An overwrite may take the bytes away between the two, so the pair is looked up
 * again.
 */
export async function openObject(
  { backend }: Stores,
  find: () => Promise<ObjectRow>,
): Promise<{ object: ObjectRow; bytes: OpenBytes }> {
  for (let attempt = 1; attempt <= 3; attempt++) {
    const object = await find()
    const { bucket_id: bucket, name, version } = object
    const bytes = version === null ? undefined : await backend.open({ bucket, name, version })
    if (bytes) return { object, bytes }
  }
  throw new StorageError('NoSuchKey', { message: 'The resource was not found' })
}
