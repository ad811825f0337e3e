import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Asker } from './trips.ts'

/** Who asks, by the `Authorization` header: a token is verified once and remembered. */
export function createAskers(secret: string): (authorization: string) => Asker | undefined {
  const askers = new Map<string, Asker>()
  return (authorization) => {
    const known = askers.get(authorization)
    if (known) return known
    const [header = '', payload = '', signature = ''] = authorization.slice('Bearer '.length).split('.')
    const own = createHmac('sha256', secret).update(`${header}.${payload}`).digest()
    const given = Buffer.from(signature, 'base64url')
    if (own.length !== given.length || !timingSafeEqual(own, given)) return undefined
    const claims = Buffer.from(payload, 'base64url').toString()
    const asker = { role: (JSON.parse(claims) as { role: string }).role, claims }
    askers.set(authorization, asker)
    return asker
  }
}
