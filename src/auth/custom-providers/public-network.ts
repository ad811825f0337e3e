import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { readStream } from '#bodies'
import { AuthError } from '../auth-error.ts'

/** What providers that were added at run time are asked through: public addresses alone, and by TLS. */
export interface PublicNetwork {
  /** Throws GoTrue's error for an address that must not be asked. */
  assertPublic(url: string): Promise<void>
  readonly fetch: typeof globalThis.fetch
}

/** All addresses of a host name. */
export type Resolve = (hostname: string) => Promise<readonly string[]>

/** Bytes of an answer: GoTrue's limit for a discovery document. */
const maximumBytes = 1024 * 1024

/**
 * See GoTrue's internal/utilities/url_validator.go. A name may be answered differently a moment later: the `fetch` given
 * is to look at the address that it connects to once more.
 */
export function createPublicNetwork(resolve: Resolve, fetch: typeof globalThis.fetch): PublicNetwork {
  async function assertPublic(text: string): Promise<void> {
    const url = URL.canParse(text) ? new URL(text) : undefined
    if (url?.username !== '' || url.password !== '') throw invalid('Invalid URL format')
    if (!text.startsWith('https://')) throw invalid('URL must use HTTPS')
    const hostname = url.hostname.replace(/^\[(.*)\]$/, '$1')
    if (isLocal(hostname)) throw invalid('URL cannot point to localhost or loopback addresses')
    const addresses = isIP(hostname) ? [hostname] : await resolve(hostname).catch(() => [])
    if (addresses.length === 0) throw invalid('Unable to resolve hostname')
    for (const address of addresses) assertUnicast(address)
  }

  return {
    assertPublic,
    async fetch(input, init) {
      const url = input instanceof Request ? input.url : String(input)
      await assertPublic(url)
      const response = await fetch(url, init)
      const body = await readStream(response.body, maximumBytes, () => new Error(`${url} answered too much`))
      const { status, headers } = response
      return new Response(hasBody(status) ? Uint8Array.from(body) : null, { status, headers })
    },
  }
}

function isLocal(hostname: string): boolean {
  const name = hostname.toLowerCase().replace(/\.$/, '')
  return ['localhost', '127.0.0.1', '::1', '0.0.0.0', '::'].includes(name) || name.endsWith('.localhost')
}

function assertUnicast(address: string): void {
  const range = ipaddr.isValid(address) ? ipaddr.process(address).range() : 'reserved'
  if (range !== 'unicast') throw invalid(`URL cannot resolve to ${kinds[range] ?? 'reserved'} addresses`)
}

const kinds: Readonly<Record<string, string>> = {
  loopback: 'loopback',
  private: 'private network',
  uniqueLocal: 'private network',
  linkLocal: 'link-local',
  multicast: 'multicast',
  unspecified: 'unspecified',
}

function hasBody(status: number): boolean {
  return status !== 204 && status !== 205 && status !== 304
}

function invalid(message: string): AuthError {
  return new AuthError(400, 'validation_failed', message)
}
