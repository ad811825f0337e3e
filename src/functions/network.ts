import { getServers } from 'node:dns'
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'
import ipaddr from 'ipaddr.js'

/**
 * IPv4 networks that are not the public internet (IANA's special-purpose registry). Deno compares the address that a
 * name resolves to, also one that is an IPv4 address in IPv6's clothes.
 */
const privateNetworks = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.168.0.0/16', '198.18.0.0/15', '224.0.0.0/4', '240.0.0.0/4'],
] as const

/** Where clouds tell a machine its secrets: of IPv6, which Deno takes address by address, what can be named. */
const metadata6 = ['fd00:ec2::254', 'fd20:ce::254']

/** What functions may not reach. */
export interface NetworkGuard {
  /** As Deno's `--deny-net` takes them. */
  readonly networks: readonly string[]
  /** Whether they do without IPv6, of which Deno can be denied no networks. */
  readonly closesIpv6: boolean
}

export const unguarded: NetworkGuard = { networks: [], closesIpv6: false }

/**
 * The guard where others can reach this backend: all private networks but for the addresses that are to stay open. Of
 * IPv6, which Deno takes address by address, this machine's own; on Linux all of IPv6 is closed, unless an address of it
 * is to stay open or the machine has nothing else.
 */
export function guardedNetworks(open: readonly string[]): NetworkGuard {
  const addresses = open.filter((address) => isIP(address) === 4).map((address) => toNumber(address))
  const networks = privateNetworks.flatMap((network) => without(parse(network), addresses))
  const own = Object.values(networkInterfaces()).flatMap((all) => all ?? [])
  const own6 = own.filter(({ family }) => family === 'IPv6').map(({ address }) => address.replace(/%.*$/, ''))
  const closed6 = new Set(['::1', '::', ...metadata6, ...own6].filter((address) => !open.includes(address)))
  const opens6 = open.some((address) => isIP(address) === 6)
  return {
    networks: [...networks, ...[...closed6].map((address) => `[${address}]`)],
    closesIpv6: process.platform === 'linux' && !opens6 && !needsIpv6(own, getServers()),
  }
}

/**
 * Whether this machine has no other way out, or none to learn addresses of names.
 *
 * @param resolvers as `dns.getServers` lists them: addresses, of IPv6 in brackets where a port follows
 */
export function needsIpv6(
  own: readonly Pick<NetworkInterfaceInfo, 'internal' | 'address'>[],
  resolvers: readonly string[],
): boolean {
  const outside = own.flatMap(({ internal, address }) => (internal || address.startsWith('fe80:') ? [] : address))
  const areOfIpv6 = (addresses: readonly string[]) =>
    addresses.length > 0 && addresses.every((address) => address.split(':').length > 2)
  return areOfIpv6(outside) || areOfIpv6(resolvers)
}

/** The addresses of hosts; what has none is left out. */
export async function addressesOf(hosts: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    hosts.map((host) => (isIP(host) ? [{ address: host }] : lookup(host, { all: true }).catch(() => []))),
  )
  return found.flat().map(({ address }) => address)
}

interface Network {
  readonly first: number
  readonly bits: number
}

function parse(text: string): Network {
  const [address, bits] = ipaddr.IPv4.parseCIDR(text)
  return { first: toNumber(address.toString()), bits }
}

/** A network as those smaller ones that hold all of it but some addresses. */
function without(network: Network, addresses: readonly number[]): string[] {
  const { first, bits } = network
  const size = 2 ** (32 - bits)
  const inside = addresses.filter((address) => address >= first && address < first + size)
  if (inside.length === 0) return [`${toAddress(first)}/${bits}`]
  if (bits === 32) return []
  const halves = [first, first + size / 2].map((start) => ({ first: start, bits: bits + 1 }))
  return halves.flatMap((half) => without(half, inside))
}

function toNumber(address: string): number {
  return ipaddr.IPv4.parse(address).octets.reduce((sum, octet) => sum * 256 + octet, 0)
}

function toAddress(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.')
}
