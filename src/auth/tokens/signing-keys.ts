import { createPrivateKey, createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import type { JWK } from 'jose'
import { errorMessage, PorticoError } from '#errors'

/** Algorithms a key may be used with; each key with its own alone. */
const asymmetricAlgorithms = ['ES256', 'ES512', 'RS256', 'RS512', 'EdDSA'] as const

/** What other services sign with besides; nothing of it works with a secret. */
export const publicKeyAlgorithms = [...asymmetricAlgorithms, 'ES384', 'RS384', 'PS256', 'PS384', 'PS512'] as const

/** A key of the project, with the one algorithm it may be used with. */
export interface ProjectKey {
  readonly kid: string
  readonly alg: string
  readonly verifyWith: KeyObject
  /** Absent where only the public half is known. */
  readonly signWith: KeyObject | undefined
  /** What the JWKS shows of it; absent for a shared secret. */
  readonly publicJwk: JWK | undefined
  /** The key that signs new tokens; exactly one of a set. */
  readonly signs: boolean
}

/**
 * Turns the JWKs of `signing_keys_path` into keys. The first that has a private half, and whose `key_ops` do not
 * forbid it, signs. Throws `CONFIG_INVALID` for a key that cannot be used.
 */
export function importKeys(jwks: readonly JWK[]): readonly ProjectKey[] {
  try {
    const keys = jwks.map(importKey)
    if (new Set(keys.map((key) => key.kid)).size < keys.length) throw new TypeError('two keys have the same "kid"')
    const signer = keys.findIndex((key, index) => key.signWith && (jwks[index]?.key_ops?.includes('sign') ?? true))
    return keys.map((key, index) => ({ ...key, signs: index === signer }))
  } catch (cause) {
    throw new PorticoError('CONFIG_INVALID', { message: `[auth] signing_keys_path: ${errorMessage(cause)}`, cause })
  }
}

function importKey(jwk: JWK, index: number): ProjectKey {
  const { kid, alg, kty } = jwk
  if (typeof kid !== 'string' || kid === '') throw new TypeError(`key ${index} has no "kid"`)
  if (kty === 'oct' && typeof jwk.k === 'string') {
    if (alg !== undefined && alg !== 'HS256') throw new TypeError(`key "${kid}" has an "alg" other than HS256`)
    const secret = createSecretKey(jwk.k, 'base64url')
    return { kid, alg: 'HS256', verifyWith: secret, signWith: secret, publicJwk: undefined, signs: false }
  }
  if (!asymmetricAlgorithms.some((known) => known === alg)) {
    throw new TypeError(`key "${kid}" has none of the "alg"s ${asymmetricAlgorithms.join(', ')}`)
  }
  const key = jwk as JsonWebKey
  const verifyWith = createPublicKey({ key, format: 'jwk' })
  return {
    kid,
    alg: String(alg),
    verifyWith,
    signWith: jwk.d === undefined ? undefined : createPrivateKey({ key, format: 'jwk' }),
    publicJwk: {
      ...verifyWith.export({ format: 'jwk' }),
      kid,
      alg: String(alg),
      use: 'sig',
      key_ops: ['verify'],
    } as JWK,
    signs: false,
  }
}
