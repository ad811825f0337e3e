import { LRUCache } from 'lru-cache'
import type { Caller } from '#database'

/** Remembers whom a verified token stands for, so that the same token need not be verified twice. */
export interface TokenCache {
  /** Undefined for an unknown token and from the moment it expires. */
  get(token: string, now: Date): Caller | undefined
  set(token: string, caller: Caller): void
}

interface Entry {
  readonly caller: Caller
  /** Milliseconds; infinite for a token without `exp`. */
  readonly expiresAt: number
}

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
    set(token, caller) {
      const { exp } = caller.claims
      entries.set(token, { caller, expiresAt: typeof exp === 'number' ? exp * 1000 : Number.POSITIVE_INFINITY })
    },
  }
}
