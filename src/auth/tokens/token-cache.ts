import { LRUCache } from 'lru-cache'
import type { Caller } from '#database'

/** Remembers whom a verified token stands for, so that the same token need not be verified twice. */
export interface TokenCache {
  /** Undefined for an unknown token, from the moment it expires, and some time after it was verified. */
  get(token: string, now: Date): Caller | undefined
  set(token: string, caller: Caller, now: Date): void
}

interface Entry {
  readonly caller: Caller
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

/** Milliseconds: the key that a token was signed with may be withdrawn. As long as the published keys are kept. */
const lifetime = 10 * 60_000

/** @param characters how many characters of tokens to keep at most; the least recently used go first */
export function createTokenCache(characters = 8 * 1024 * 1024): TokenCache {
  const entries = new LRUCache<string, Entry>({
    max: 10_000,
    maxSize: characters,
    sizeCalculation: (_entry, token) => token.length,
  })
  return {
    get(token, now) {
      const entry = entries.get(token)
      return entry && now.getTime() < entry.expiresAt ? entry.caller : undefined
    },
    set(token, caller, now) {
      const { exp } = caller.claims
      const expiresAt = typeof exp === 'number' ? exp * 1000 : Number.POSITIVE_INFINITY
      entries.set(token, { caller, expiresAt: Math.min(expiresAt, now.getTime() + lifetime) })
    },
  }
}
