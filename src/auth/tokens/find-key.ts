import { createSecretKey, type KeyObject } from 'node:crypto'
import {
  type CompactJWSHeaderParameters,
  type CryptoKey,
  createRemoteJWKSet,
  customFetch,
  errors,
  type FlattenedJWSInput,
  type JWK,
} from 'jose'
import { createKeyRing, followKeys, type KeyRing } from './key-ring.ts'

/** Where the keys are that tokens may be signed with. */
export interface KeySources {
  /** The shared secret of HS256 tokens. */
  readonly secret?: string | undefined
  /** The project's own keys, `config.auth.signingKeys`, private or public; in a ring where they may change. */
  readonly keys?: readonly JWK[] | KeyRing | undefined
  /** A JWKS elsewhere; fetched when first needed, kept ten minutes, asked again for an unknown `kid` at most twice a minute. */
  readonly remote?: RemoteKeys | undefined
}

interface RemoteKeys {
  /** `https://PROJECT.supabase.co/auth/v1/.well-known/jwks.json` */
  readonly url: string
  readonly fetch: typeof fetch
}

/** The key a token claims to be signed with, by its header. Rejects when there is none. */
export type FindKey = (header: CompactJWSHeaderParameters, token: FlattenedJWSInput) => Promise<KeyObject | CryptoKey>

/**
 * A key is only ever used with its own algorithm: a token that names an asymmetric key and asks for HS256 (so that
 * the public key would serve as the secret) finds no key.
 */
export function createFindKey({ secret, keys, remote }: KeySources): FindKey {
  const secretKey = secret ? createSecretKey(secret, 'utf8') : undefined
  const ring = ringOf(keys)
  const byKid = followKeys(ring, (known) => new Map(known.map((key) => [key.kid, key])))
  const remoteKeys =
    remote && createRemoteJWKSet(new URL(remote.url), { [customFetch]: (url, init) => remote.fetch(url, init) })

  return async (header, token) => {
    const own = typeof header.kid === 'string' ? byKid().get(header.kid) : undefined
    if (own) {
      if (own.alg !== header.alg) throw new NoKeyError()
      return own.verifyWith
    }
    if (header.alg === 'HS256') {
      // GoTrue and the platform sign with the secret under any kid, or none.
      if (!secretKey) throw new NoKeyError()
      return secretKey
    }
    if (!remoteKeys) throw new NoKeyError()
    return await remoteKeys(header, token).catch((cause: unknown) => {
      throw saysNoSuchKey(cause) ? new NoKeyError({ cause }) : new KeysUnavailableError({ cause })
    })
  }
}

export function ringOf(keys: KeySources['keys']): KeyRing {
  return keys && 'replace' in keys ? keys : createKeyRing(keys)
}

/** No key fits what the token's header says. */
class NoKeyError extends Error {
  override readonly name = 'NoKeyError'

  constructor(options?: ErrorOptions) {
    super('no key fits the token', options)
  }
}

/** The remote keys could not be fetched: nothing can be said about the token. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError'

  constructor(options?: ErrorOptions) {
    super('the remote keys could not be fetched', options)
  }
}

function saysNoSuchKey(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  )
}
