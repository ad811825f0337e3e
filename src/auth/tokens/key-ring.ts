import type { JWK } from 'jose'
import { importKeys, type ProjectKey } from './signing-keys.ts'

/** The project's keys as they are now. Whoever keeps something that follows from them looks at `keys` again. */
export interface KeyRing {
  /** Another list after each change. */
  readonly keys: readonly ProjectKey[]
  /** Puts other keys in their place. Throws `CONFIG_INVALID` for one that cannot be used; the old ones stay then. */
  replace(jwks: readonly JWK[]): void
}

/** @throws PorticoError `CONFIG_INVALID` for a key that cannot be used */
export function createKeyRing(jwks: readonly JWK[] = []): KeyRing {
  let keys = importKeys(jwks)
  return {
    get keys() {
      return keys
    },
    replace(others) {
      keys = importKeys(others)
    },
  }
}

/** The keys that anyone may verify with, as `/.well-known/jwks.json` has them. */
export function publicKeysOf({ keys }: KeyRing): { readonly keys: readonly JWK[] } {
  return { keys: keys.flatMap(({ publicJwk }) => publicJwk ?? []) }
}

/** Something made of the keys, and made anew once they have changed. */
export function followKeys<T>(ring: KeyRing, make: (keys: readonly ProjectKey[]) => T): () => T {
  let made: { readonly of: readonly ProjectKey[]; readonly value: T } | undefined
  return () => {
    if (made?.of !== ring.keys) made = { of: ring.keys, value: make(ring.keys) }
    return made.value
  }
}
