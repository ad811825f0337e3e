import type { Caller } from '#database'
import { badToken } from './errors/index.ts'

const anonymous: Caller = { role: 'anon', claims: { role: 'anon' } }

/** Whom the `Authorization` header names; without one, and for another scheme, nobody. @throws RestError PGRST301 */
export async function callerOf(
  authorization: string | undefined,
  verify: (token: string) => Promise<Caller>,
): Promise<Caller> {
  const token = /^Bearer(?:\s+(\S*))?\s*$/i.exec(authorization ?? '')
  if (!token) return anonymous
  const [, text = ''] = token
  if (text === '') throw badToken('Empty JWT is sent in Authorization header')
  const parts = text.split('.').length
  if (parts !== 3) throw badToken(`Expected 3 parts in JWT; got ${parts}`)
  return await verify(text)
}
