import type { RequestInfo } from '#database'
import type { RawRequest } from './request/index.ts'

/**
 * What SQL may see of a request.
 *
 * @param settings what holds for the transaction of every request of its shape
 */
export function requestInfo({ method, path, headers }: RawRequest, settings: Record<string, string>): RequestInfo {
  if (headers.cookie === undefined) return { method, path, headers, settings }
  const { cookie, ...shown } = headers
  return { method, path, headers: shown, settings: { ...settings, 'request.cookies': cookiesOf(cookie) } }
}

function cookiesOf(header: string): string {
  const pairs = header.split(';').map((pair): [string, string] => {
    const [name = '', value = ''] = pair.split(/=(.*)/s)
    return [name.trim(), value.trim()]
  })
  return JSON.stringify(Object.fromEntries(pairs))
}
