import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { buildConnector } from 'undici'

export interface Dialer {
  /** All addresses of a host name. */
  readonly resolve: (hostname: string) => Promise<readonly string[]>
  readonly connect: buildConnector.connector
}

/**
 * Connects to public addresses alone. It looks at the addresses themselves, just before connecting, and connects to one
 * it has looked at: so neither a name that leads inside, nor one that changes its mind, nor a redirect gets past.
 */
export function guarded({ resolve, connect }: Dialer): buildConnector.connector {
  return (options, callback) => {
    const hostname = options.hostname.replace(/^\[(.*)\]$/, '$1')
    addressesOf(hostname, resolve).then(
      (addresses) => {
        const [address] = addresses
        if (address === undefined) return callback(new Error(`${hostname} has no address`), null)
        if (!addresses.every(isPublic)) {
          return callback(new Error(`${hostname} is not a public address, and others can reach this server`), null)
        }
        connect({ ...options, hostname: address, servername: options.servername ?? hostname }, callback)
      },
      (error: Error) => callback(error, null),
    )
  }
}

async function addressesOf(hostname: string, resolve: Dialer['resolve']): Promise<readonly string[]> {
  return isIP(hostname) ? [hostname] : await resolve(hostname)
}

/** Nothing that is special in any registry: not loopback, private, link-local, nor IPv4 dressed up as IPv6. */
function isPublic(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast'
}
