import { isIP } from 'node:net'
import type { ClientInfo } from '../context.ts'

/** The device that sent a request, as sessions remember it. The address is what the gateway in front wrote down. */
export function clientInfo({ headers }: Request): ClientInfo {
  const forwarded = headers
    .get('x-forwarded-for')
    ?.split(',')
    .map((part) => part.trim())
  return {
    userAgent: headers.get('user-agent')?.slice(0, 1024) || null,
    ip: forwarded?.find((part) => isIP(part) !== 0) ?? null,
  }
}
