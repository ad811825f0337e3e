import { isMimeAllowed } from '../buckets/index.ts'
import { StorageError } from '../errors/index.ts'

/** Bytes from the beginning of a file that show what it is. */
export const headSize = 4100

/**
 * Types that say how a file is packed rather than what it is: an office document is a zip, an SVG is XML. What is found
 * to be one of these may be declared as something more exact.
 */
const packings = new Set([
  'application/gzip',
  'application/ogg',
  'application/vnd.ms-asf',
  'application/x-cfb',
  'application/xml',
  'application/zip',
  'audio/mp4',
  'audio/ogg',
  'audio/x-ms-asf',
  'video/matroska',
  'video/mp4',
  'video/ogg',
  'video/quicktime',
  'video/webm',
])

/** Passes a body on whose beginning is of a type that the bucket allows; throws InvalidMimeType before any of another. */
export async function* sniffed(
  body: AsyncIterable<Uint8Array>,
  declared: string,
  patterns: readonly string[] | null,
): AsyncIterable<Uint8Array> {
  if (!patterns || patterns.length === 0) return yield* body
  let held: Uint8Array[] = []
  let size = 0
  let judged = false
  for await (const chunk of body) {
    if (judged) {
      yield chunk
      continue
    }
    held.push(chunk)
    size += chunk.length
    if (size < headSize) continue
    await assertContentAllowed(Buffer.concat(held), declared, patterns)
    judged = true
    yield* held
    held = []
  }
  if (judged) return
  await assertContentAllowed(Buffer.concat(held), declared, patterns)
  yield* held
}

/**
 * Throws InvalidMimeType where the content shows to be of another kind than its client declared, and of a type that the
 * bucket does not allow: a program that is called an image. One image called another is let in, as on Supabase. Text
 * shows nothing.
 */
export async function assertContentAllowed(
  head: Uint8Array,
  declared: string,
  patterns: readonly string[] | null,
): Promise<void> {
  if (!patterns || patterns.length === 0 || head.length === 0) return
  const { fileTypeFromBuffer } = await import('file-type')
  const found = await fileTypeFromBuffer(head.subarray(0, headSize))
  if (!found || packings.has(found.mime) || isMimeAllowed(found.mime, patterns)) return
  if (kindOf(found.mime) !== 'application' && kindOf(found.mime) === kindOf(declared)) return
  throw new StorageError('InvalidMimeType', { message: `the content is of mime type ${found.mime}, not supported` })
}

function kindOf(mimeType: string): string | undefined {
  return mimeType.split('/')[0]
}
