import type { Readable } from 'node:stream'
import type { Context } from 'hono'
import type { Caller, RequestInfo } from '#database'
import type { Asker } from '../database/index.ts'
import type { StorageError } from '../errors/index.ts'
import type { ServeImage } from '../images/index.ts'
import type { ObjectAddress } from '../objects/index.ts'
import { requestBody } from '../receiving/index.ts'
import type { S3Options } from '../s3/index.ts'
import type { Stores } from '../stores.ts'
import type { SignedTokens } from '../tokens.ts'

/** What the routes work with. */
export interface Workings {
  readonly stores: Stores
  readonly tokens: SignedTokens
  /** Throws for a token that is not good. */
  readonly verify: (token: string) => Promise<Caller>
  /** `[storage] file_size_limit`, in bytes. */
  readonly fileSizeLimit: number
  /** Turns whatever was thrown into an error of the Storage API, and logs what is not for the client. */
  readonly tellError: (error: unknown) => StorageError
  /** Undefined where `[storage.image_transformation]` is switched off. */
  readonly images: ServeImage | undefined
  /** Undefined where `[storage.s3_protocol]` is switched off. */
  readonly s3: S3Options | undefined
}

/** What a request carries on its way to its handler. */
export interface StorageEnv {
  Bindings: { readonly incoming?: Readable }
  Variables: { caller: Caller }
}

export type StorageContext = Context<StorageEnv>

/** The tail of a path that names an object: any characters, slashes included, so that each name is judged as a name. */
export const objectPath = '/:bucket/:name{[\\s\\S]*}' as const

export function addressOf(c: Context): ObjectAddress {
  const { bucket = '', name = '' } = c.req.param() as { bucket?: string; name?: string }
  return { bucket, name }
}

/** The bytes that a request brings. */
export function bodyOf(c: Context): AsyncIterable<Uint8Array> {
  return requestBody(c.req.raw, (c.env as StorageEnv['Bindings']).incoming)
}

/** Who asks, in a route that {@link import('./authenticate.ts')} guards. */
export function askerOf(c: StorageContext, operation: string): Asker {
  return { caller: c.get('caller'), ...requestOf(c, operation) }
}

/** What SQL may know of a request that nobody needs to be known for. */
export function requestOf(c: Context, operation: string): Omit<Asker, 'caller'> {
  const request: RequestInfo = {
    method: c.req.method,
    path: new URL(c.req.url).pathname,
    headers: Object.fromEntries(c.req.raw.headers),
  }
  return { request, operation }
}

/** The user that owns what the caller creates. */
export function ownerOf({ claims }: Caller): string | undefined {
  return typeof claims.sub === 'string' ? claims.sub : undefined
}
