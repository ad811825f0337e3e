import { createSecretKey } from 'node:crypto'
import type { JWK } from 'jose'
import { type Clock, systemClock } from '../clock.ts'
import { NoKeyError } from './key-errors.ts'
import { createKeyRing, followKeys, type KeyRing } from './key-ring.ts'
import { fetchKeys } from './published-keys.ts'
import { createRemoteKeys, type FindKey } from './remote-keys.ts'
import type { ThirdParty } from './third-party.ts'

/** Where the keys are that tokens may be signed with. */
export interface KeySources {
  /** The shared secret of HS256 tokens. */
  readonly secret?: string | undefined
  /** The project's own keys, `config.auth.signingKeys`, private or public; in a ring where they may change. */
  readonly keys?: readonly JWK[] | KeyRing | undefined
  /** The keys of the project elsewhere that this one stands in front of. */
  readonly remote?: PublishedKeys | undefined
  /** Another identity service whose tokens are good here. */
  readonly thirdParty?: Pick<ThirdParty, 'issued' | 'find'> | undefined
  readonly clock?: Clock | undefined
}

interface PublishedKeys {
  /** `https://PROJECT.supabase.co/auth/v1/.well-known/jwks.json` */
  readonly url: string
  readonly fetch: typeof fetch
}

/**
 * A key is only ever used with its own algorithm: a token that names an asymmetric key and asks for HS256 (so that
 * the public key would serve as the secret) finds no key.
 */
export function createFindKey({ secret, keys, remote, thirdParty, clock = systemClock }: KeySources): FindKey {
  const secretKey = secret ? createSecretKey(secret, 'utf8') : undefined
  const ring = ringOf(keys)
  const byKid = followKeys(ring, (known) => new Map(known.map((key) => [key.kid, key])))
  const remoteKeys = remote && createRemoteKeys(() => fetchKeys(remote.url, remote.fetch), clock)

  return async (header, token) => {
    const own = typeof header.kid === 'string' ? byKid().get(header.kid) : undefined
    if (own) {
      if (own.alg !== header.alg) throw new NoKeyError()
      return own.verifyWith
    }
    if (header.alg === 'HS256') {
      // GoTrue and the platform sign with the secret under any kid, or none. Nobody else's tokens are made of secrets.
      if (!secretKey) throw new NoKeyError()
      return secretKey
    }
    // Its keys are for the tokens that it issued, and those are for no keys but its own.
    if (thirdParty?.issued(token)) return await thirdParty.find(header, token)
    if (!remoteKeys) throw new NoKeyError()
    return await remoteKeys.find(header, token)
  }
}

export function ringOf(keys: KeySources['keys']): KeyRing {
  return keys && 'replace' in keys ? keys : createKeyRing(keys)
}
