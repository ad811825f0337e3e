import type { Caller } from '#database'
import { badToken, noAnonymousAccess } from './errors/index.ts'

/**
 * Whom the `Authorization` header names; without one, and for another scheme, the anonymous role.
 *
 * @throws RestError PGRST301, PGRST302 where nobody may ask anonymously
 */
export async function callerOf(
  authorization: string | undefined,
  anonymous: Caller | undefined,
  verify: (token: string) => Promise<Caller>,
): Promise<Caller> {
  const token = /^Bearer(?:\s+(\S*))?\s*$/i.exec(authorization ?? '')
  if (!token) {
    if (!anonymous) throw noAnonymousAccess()
    return anonymous
  }
  const [, text = ''] = token
  if (text === '') throw badToken('Empty JWT is sent in Authorization header')
  const parts = text.split('.').length
  if (parts !== 3) throw badToken(`Expected 3 parts in JWT; got ${parts}`)
  return await verify(text)
}
