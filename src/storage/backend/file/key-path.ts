import { join, sep } from 'node:path'
import type { ObjectKey } from '../backend.ts'

/** Shorter than the 255 bytes that file systems allow, with room for the continuation mark. */
const longestPart = 200
const continues = '%+'
const versionMark = '%='
const nothing = '%-'

/**
 * A key's path below the folder of objects: `bucket/folder/name/%=version`.
 *
 * A name is a folder of its versions, so that `a` can be beside `a/b`. What a file system may not take is
 * percent-encoded, a segment too long for one is continued in a folder below, and one that is empty has a mark. A
 * stored name has no `%` of its own, so the marks cannot be mistaken for one.
 */
export function keyPath({ bucket, name, version }: ObjectKey): string {
  return join(...[bucket, ...name.split('/')].flatMap(parts), versionMark + encode(version))
}

/** The key that a path stands for; undefined where the path is of another form. */
export function keyOfPath(path: string): ObjectKey | undefined {
  const pieces = path.split(sep)
  const version = pieces.pop()
  if (!version?.startsWith(versionMark)) return undefined
  const [bucket, ...segments] = joinParts(pieces)
  if (bucket === undefined || segments.length === 0) return undefined
  try {
    return {
      bucket: decodeURIComponent(bucket),
      name: segments.map((segment) => (segment === nothing ? '' : decodeURIComponent(segment))).join('/'),
      version: decodeURIComponent(version.slice(versionMark.length)),
    }
  } catch {
    return undefined
  }
}

function parts(segment: string): string[] {
  if (segment === '') return [nothing]
  const encoded = encode(segment)
  const split: string[] = []
  for (let at = 0; at < encoded.length; at += longestPart) split.push(encoded.slice(at, at + longestPart))
  return split.map((part, i) => (i < split.length - 1 ? part + continues : part))
}

function joinParts(pieces: readonly string[]): string[] {
  const segments: string[] = []
  let open = ''
  for (const piece of pieces) {
    if (piece.endsWith(continues)) open += piece.slice(0, -continues.length)
    else {
      segments.push(open + piece)
      open = ''
    }
  }
  return segments
}

/** Leaves what a name may have as it is, and encodes all else, the segments `.` and `..` included. */
function encode(text: string): string {
  if (text === '.' || text === '..') return text.replaceAll('.', '%2E')
  return text.replace(/[^A-Za-z0-9_!.*'() &$=@;:+,?-]+/g, (others) =>
    [...Buffer.from(others)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  )
}
