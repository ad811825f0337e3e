import { createHash, timingSafeEqual } from 'node:crypto'

export interface ApiKeys {
  readonly anonKey: string
  readonly serviceRoleKey: string
  readonly publishableKey: string
  readonly secretKey: string
}

/** The key was given, and is none of the project's. */
export const invalidKey = Symbol('invalid api key')

/**
 * What Supabase's gateway makes of `apikey` and `Authorization`: a user's token passes as it is; an opaque
 * `sb_publishable_…` or `sb_secret_…` key, wherever it stands, becomes the JWT of its role; a key alone authorises.
 *
 * @returns the token that the services see, undefined for none
 */
export function authorizationOf(
  apikey: string | undefined,
  authorization: string | undefined,
  keys: ApiKeys,
): string | undefined | typeof invalidKey {
  const bearer = authorization === undefined ? undefined : bearerOf(authorization)
  const key = apikey === undefined ? undefined : tokenOfKey(apikey, keys)
  if (apikey !== undefined && key === undefined) return invalidKey
  // Another scheme is the service's own affair; a key beside it does not replace it.
  if (bearer === undefined) return authorization === undefined ? key : undefined
  if (!bearer.startsWith('sb_')) return bearer
  return tokenOfKey(bearer, keys) ?? invalidKey
}

/** The usual spelling is found without looking at each character. */
function bearerOf(authorization: string): string | undefined {
  const isUsual = authorization.startsWith('Bearer ') && authorization.length > 7 && !authorization.includes(' ', 7)
  if (isUsual && !authorization.includes('\t', 7) && !authorization.includes('\xa0', 7)) return authorization.slice(7)
  return authorization.match(/^Bearer\s+(\S+)\s*$/i)?.[1]
}

/** The JWT that a key stands for. A JWT stands for itself: whether it is valid, its verifier says. */
function tokenOfKey(key: string, keys: ApiKeys): string | undefined {
  const known = found.get(keys)?.get(key)
  if (known !== undefined) return known
  const token = same(key, keys.publishableKey)
    ? keys.anonKey
    : same(key, keys.secretKey)
      ? keys.serviceRoleKey
      : undefined
  if (token !== undefined) found.set(keys, new Map(found.get(keys)).set(key, token))
  return token ?? (!key.startsWith('sb_') && key.split('.').length === 3 ? key : undefined)
}

/** Keys that were found to be the project's: comparing in constant time, at every request, is for those that are not. */
const found = new WeakMap<ApiKeys, ReadonlyMap<string, string>>()

/** In a time that does not tell how much of it is alike. */
export function same(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
