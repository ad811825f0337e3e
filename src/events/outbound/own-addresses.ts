import type { Addresses } from '../options.ts'

/** How a URL that SQL names reaches this very backend, if it does. */
export type OwnTarget =
  /** One of the project's functions: `/functions/v1/NAME`, at the address that functions know. */
  | { readonly kind: 'function'; readonly url: URL }
  /** Another of this backend's paths, where it listens on this machine. */
  | { readonly kind: 'service'; readonly url: URL }

/** What a machine is called by itself, and by containers on it, Supabase's gateway among them. */
const machine = /^(localhost|127\.0\.0\.1|\[::1\]|0\.0\.0\.0|host\.docker\.internal)$/
const gateway = /^(kong|api\.supabase\.internal|supabase_kong_[\w.-]+)$/

/**
 * Knows this backend by all its names: the machine's with the port that was taken or the one that config.toml says,
 * Supabase's gateway's, and what the world calls it. SQL that was written for another way of running it goes on to work.
 */
export function createOwnAddresses({ local, externalUrl, configuredPort }: Addresses) {
  const here = new URL(local)
  const outside = new URL(externalUrl)
  const ports = new Set([here.port, String(configuredPort)])

  const isOwn = (url: URL) =>
    url.origin === outside.origin ||
    url.origin === here.origin ||
    (url.protocol === 'http:' && machine.test(url.hostname) && ports.has(url.port)) ||
    (url.protocol === 'http:' && gateway.test(url.hostname) && (ports.has(url.port) || url.port === '8000'))

  return (url: URL): OwnTarget | undefined => {
    if (!isOwn(url)) return undefined
    const target = new URL(url.pathname + url.search, here)
    return { kind: url.pathname.startsWith('/functions/v1/') ? 'function' : 'service', url: target }
  }
}
