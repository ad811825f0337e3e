import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'

/** The address of whoever sent a request; undefined once its connection is gone. */
export type ClientAddress = (req: Pick<IncomingMessage, 'headers' | 'socket'>) => string | undefined

/**
 * Believes `X-Forwarded-For` as far as trusted proxies wrote it: from its end, the first address that is none of
 * theirs. What stands before that, anyone may have written.
 *
 * @param trusted addresses and CIDR networks of the proxies in front
 */
export function createClientAddress(trusted: readonly string[]): ClientAddress {
  const proxies = new BlockList()
  for (const network of trusted) {
    const [address = '', bits] = network.split('/')
    const family = familyOf(address)
    if (bits === undefined) proxies.addAddress(address, family)
    else proxies.addSubnet(address, Number(bits), family)
  }
  const isProxy = (address: string) => isIP(address) !== 0 && proxies.check(address, familyOf(address))

  // Mostly the same one asks, a proxy say.
  let last: { readonly written: string | undefined; readonly peer: string | undefined } | undefined

  return ({ headers, socket }) => {
    const { remoteAddress } = socket
    if (last?.written !== remoteAddress) last = { written: remoteAddress, peer: plain(remoteAddress) }
    const peer = last?.peer
    if (peer === undefined || trusted.length === 0 || !isProxy(peer)) return peer
    const hops = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',').map(plain).reverse()
    const before = hops.findIndex((hop) => hop === undefined || !isProxy(hop))
    // All of them proxies, or nothing but what is no address: the furthest that is known.
    return hops[before] ?? hops.slice(0, Math.max(before, 0)).at(-1) ?? peer
  }
}

/**
 * The address that a server of the app's own names for the user it speaks for (`Sb-Forwarded-For`); whether it may,
 * the caller has decided.
 */
export function forwardedAddress(header: string | null | undefined): string | undefined {
  return plain(header?.split(',')[0])
}

/** Headers that name the client's address, or the way here: what they say, anyone may have written. */
export const saidByClients = [
  ...['x-forwarded-for', 'sb-forwarded-for', 'forwarded', 'x-real-ip', 'true-client-ip', 'cf-connecting-ip'],
] as const

/** An IPv4 address as one, also where IPv6 sockets wrap it; undefined for what is no address. */
function plain(written: string | undefined): string | undefined {
  const address = written?.trim().replace(/^::ffff:(?=[\d.]+$)/i, '') ?? ''
  return isIP(address) === 0 ? undefined : address
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return address.includes(':') ? 'ipv6' : 'ipv4'
}
