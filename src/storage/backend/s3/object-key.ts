import { createHash } from 'node:crypto'
import type { ObjectKey } from '../backend.ts'

/** Bytes that S3 allows for a key. */
const longest = 1024
/** Stands before the digest of a name that is too long; no valid name has a `%`. */
const digestMark = '%='
/** Stands for a folder called nothing: some servers of S3 refuse two slashes in a row. */
const nothing = '%-'

/** A key on S3: `bucket/folder/name/version`. A version is its last part, so `a` can be beside `a/b`. */
export function objectKey({ bucket, name, version }: ObjectKey): string {
  const folders = name.split('/').map((segment) => segment || nothing)
  const key = `${bucket}/${folders.join('/')}/${version}`
  if (Buffer.byteLength(key) <= longest) return key
  return `${bucket}/${digestMark}${createHash('sha256').update(name).digest('hex')}/${version}`
}

/**
 * What a key on S3 stands for; undefined for another's. A name that was too long stays the digest it is stored under:
 * who looks for its row does so by the version.
 */
export function keyOfObject(key: string): ObjectKey | undefined {
  const [, bucket, name, version] = /^([^/]+)\/(.+)\/([^/]+)$/s.exec(key) ?? []
  if (bucket === undefined || name === undefined || version === undefined) return undefined
  const folders = name.split('/').map((segment) => (segment === nothing ? '' : segment))
  return { bucket, name: folders.join('/'), version }
}
