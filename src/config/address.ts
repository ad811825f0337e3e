import { BlockList, isIP, isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'
import ipaddr from 'ipaddr.js'
import type { Report } from './report.ts'

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')
loopback.addSubnet('::ffff:127.0.0.0', 104, 'ipv6')

/** Whether only this machine reaches the host: `localhost`, 127.0.0.0/8 or `::1`. */
export function isLoopback(host: string): boolean {
  const bare = unbracketed(host)
  const family = isIP(bare)
  if (family === 0) return bare.toLowerCase() === 'localhost'
  return loopback.check(bare, family === 6 ? 'ipv6' : 'ipv4')
}

/**
 * What clients call a server that listens on `host` and `port`. A server on every interface is called by the first
 * address that a phone on the same network can reach.
 *
 * @example serverUrl('0.0.0.0', 54321) // 'http://192.168.1.20:54321'
 */
export function serverUrl(host: string, port: number): string {
  const bare = unbracketed(host)
  const reachable = bare === '0.0.0.0' || bare === '::' || bare === '' ? (lanAddress() ?? '127.0.0.1') : bare
  return `http://${isIPv6(reachable) ? `[${reachable}]` : reachable}:${port}`
}

/** Whose requests are counted together: an IPv4 address, or an IPv6 network of 64 bits, as a household has one. */
export function countedAs(address: string): string {
  if (!ipaddr.isValid(address)) return address
  const parsed = ipaddr.process(address)
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.toString()
  return `${parsed.parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`
}

/** The addresses and CIDR networks of `PORTICO_TRUSTED_PROXIES`, separated by commas. */
export function trustedNetworks(written: string | undefined, report: Report): readonly string[] {
  const networks = (written ?? '')
    .split(',')
    .map((network) => network.trim())
    .filter((network) => network !== '')
  if (!networks.every(isNetwork)) {
    report.mistakeIn('PORTICO_TRUSTED_PROXIES', 'addresses and networks like "10.0.0.0/8,2001:db8::1"', written)
    return []
  }
  return networks
}

function isNetwork(network: string): boolean {
  const [address = '', bits, ...rest] = network.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}

function lanAddress(): string | undefined {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  return addresses.find(({ family, internal, address }) => family === 'IPv4' && !internal && !isLinkLocal(address))
    ?.address
}

function isLinkLocal(address: string): boolean {
  return address.startsWith('169.254.')
}

function unbracketed(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1')
}
