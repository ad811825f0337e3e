import { GraphQLError } from 'graphql'

/**
 * A path as supabase-js may put it into a URL, where it would let `?` end the path and `..` lead out of the bucket, to
 * another service perhaps. Throws InvalidKey, as Storage does for such names.
 */
export function pathInUrl(path: string): string {
  const segments = path.split('/')
  if (segments.some(isDots)) throw refusal('InvalidKey', `Invalid key: ${path}`)
  return segments.map(encodeURIComponent).join('/')
}

/** A bucket's name, which supabase-js puts into URLs as it is. Throws InvalidBucketName. */
export function bucketInUrl(bucket: string): string {
  if (isDots(bucket) || /[/\\?#%]/.test(bucket)) throw refusal('InvalidBucketName', 'Bucket name invalid')
  return bucket
}

function isDots(segment: string): boolean {
  return segment === '.' || segment === '..'
}

function refusal(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code, status: 400 } })
}
