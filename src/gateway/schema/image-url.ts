import type { SupabaseClient } from '@supabase/supabase-js'
import { type Batch, batched } from './batch.ts'
import type { Row } from './builder.ts'

export interface ImageUrlOptions {
  readonly bucket: string
  /** Seconds that a URL is good for; an hour unless given. */
  readonly expiresIn?: number
  /** How the image is served; as it is stored where absent. */
  readonly transform?: ImageTransform
  /** The bucket is public: URLs need no signature, and no call. */
  readonly public?: boolean
}

interface ImageTransform {
  /** Pixels. */
  readonly width?: number
  readonly height?: number
  readonly resize?: 'cover' | 'contain' | 'fill'
  /** From 20 to 100. */
  readonly quality?: number
}

type StorageBucket = ReturnType<SupabaseClient['storage']['from']>

/**
 * A resolver that makes of the object path in a column a URL that an `<img>` can show; null where the column is, or the
 * caller may not see the object. A page of rows costs one call.
 *
 * Storage on hosted Supabase signs many URLs at once only without a transformation; there, transformed ones of a private
 * bucket cost a call each, a few at a time.
 */
export function imageUrl(column: string, options: ImageUrlOptions) {
  const batch: Batch<Row, object, string | null> = async (rows, _args, { supabase }) => {
    const bucket = supabase.storage.from(options.bucket)
    const paths = rows.map((row) => (typeof row[column] === 'string' && row[column] !== '' ? row[column] : null))
    const wanted = [...new Set(paths.filter((path) => path !== null))]
    const urls = options.public ? publicUrls(bucket, wanted, options) : await signedUrls(bucket, wanted, options)
    return paths.map((path) => (path === null ? null : (urls.get(path) ?? null)))
  }
  return batched(batch)
}

type Urls = ReadonlyMap<string, string>

function publicUrls(bucket: StorageBucket, paths: readonly string[], { transform }: ImageUrlOptions): Urls {
  const options = transform ? { transform } : {}
  return new Map(paths.map((path) => [path, bucket.getPublicUrl(path, options).data.publicUrl]))
}

/** Paths in one call. */
const mostAtOnce = 500

async function signedUrls(bucket: StorageBucket, paths: readonly string[], options: ImageUrlOptions): Promise<Urls> {
  const { transform, expiresIn = 3600 } = options
  const urls = new Map<string, string>()
  if (transform) bucket.setHeader('x-transform', transformText(transform))
  for (let at = 0; at < paths.length; at += mostAtOnce) {
    const { data, error } = await bucket.createSignedUrls(paths.slice(at, at + mostAtOnce), expiresIn)
    if (error) throw error
    for (const { path, signedUrl } of data) if (path && signedUrl) urls.set(path, signedUrl)
  }
  const isHeeded = [...urls.values()].every((url) => new URL(url).pathname.includes('/render/image/sign/'))
  return transform && !isHeeded ? await signedOneByOne(bucket, [...urls.keys()], transform, expiresIn) : urls
}

const callsAtOnce = 8

async function signedOneByOne(
  bucket: StorageBucket,
  paths: readonly string[],
  transform: ImageTransform,
  expiresIn: number,
): Promise<Urls> {
  const urls = new Map<string, string>()
  const left = [...paths]
  const sign = async () => {
    for (let path = left.pop(); path !== undefined; path = left.pop()) {
      const { data } = await bucket.createSignedUrl(path, expiresIn, { transform })
      if (data) urls.set(path, data.signedUrl)
    }
  }
  await Promise.all(Array.from({ length: callsAtOnce }, sign))
  return urls
}

/** As Storage's signed tokens have it: `width:200,height:200,resize:cover`. */
function transformText(transform: ImageTransform): string {
  return Object.entries(transform)
    .map(([name, value]) => `${name}:${value}`)
    .join(',')
}
