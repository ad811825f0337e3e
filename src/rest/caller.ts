import type { Caller } from '#database'
import { badToken, noAnonymousAccess } from './errors/index.ts'
import type { State } from './state.ts'

/** The token of an `Authorization` header, empty for a `Bearer` without one; undefined for another scheme. */
export function bearerOf(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined
  const bearer = /^Bearer(?:\s+(\S*))?\s*$/i.exec(authorization)
  return bearer ? (bearer[1] ?? '') : undefined
}

/**
 * Whom a token stands for; without one the anonymous role.
 *
 * @throws RestError PGRST301, PGRST302 where nobody may ask anonymously, PGRST303
 */
export async function callerOf(
  token: string | undefined,
  { anonymous, identify }: Pick<State, 'anonymous' | 'identify'>,
  verify: (token: string) => Promise<Caller>,
): Promise<Caller> {
  if (token === undefined) {
    if (!anonymous) throw noAnonymousAccess()
    return anonymous
  }
  if (token === '') throw badToken('Empty JWT is sent in Authorization header')
  if (!isInThreeParts(token)) throw badToken(`Expected 3 parts in JWT; got ${token.split('.').length}`)
  return identify(await verify(token))
}

function isInThreeParts(token: string): boolean {
  const first = token.indexOf('.')
  const second = token.indexOf('.', first + 1)
  return first >= 0 && second > first && !token.includes('.', second + 1)
}
