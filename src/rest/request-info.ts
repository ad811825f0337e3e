import type { RequestInfo } from '#database'
import type { RawRequest } from './request/index.ts'

/** What SQL may see of a request. */
export function requestInfo({ method, path, headers }: RawRequest): RequestInfo {
  const { cookie, ...shown } = headers
  return { method, path, headers: shown, settings: { 'request.cookies': cookiesOf(cookie) } }
}

function cookiesOf(header: string | undefined): string {
  if (header === undefined) return '{}'
  const pairs = header.split(';').map((pair): [string, string] => {
    const [name = '', value = ''] = pair.split(/=(.*)/s)
    return [name.trim(), value.trim()]
  })
  return JSON.stringify(Object.fromEntries(pairs))
}
