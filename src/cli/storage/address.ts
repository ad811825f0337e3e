import { PorticoError } from '#errors'

/** `ss:///bucket/folder/file`, as Supabase's CLI writes it. */
export interface Address {
  /** Empty: all buckets. */
  readonly bucket: string
  /** Without a slash at its begin; empty or with one at its end: a folder. */
  readonly path: string
}

/** Undefined: a file of this machine. */
export function addressOf(text: string): Address | undefined {
  const [, host, way] = /^ss:\/\/([^/]*)(.*)$/is.exec(text) ?? []
  if (host === undefined || way === undefined) return undefined
  if (host !== '') throw wrong(`${text}: write three slashes: ss:///${host}${way}`)
  const [, bucket = '', path = ''] = /^\/*([^/]*)\/?(.*)$/s.exec(way) ?? []
  return { bucket, path }
}

/** @throws PorticoError where it is none, or names no bucket */
export function bucketAddress(text: string): Address {
  const address = addressOf(text)
  if (!address || address.bucket === '') throw wrong(`${text}: expected ss:///BUCKET/PATH.`)
  return address
}

export function textOf({ bucket, path }: Address): string {
  return `ss:///${bucket}/${path}`
}

export function isFolder({ path }: Address): boolean {
  return path === '' || path.endsWith('/')
}

export function wrong(message: string): PorticoError {
  return new PorticoError('BAD_USER_INPUT', { message })
}
