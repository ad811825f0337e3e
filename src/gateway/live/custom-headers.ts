import type { RequestInfo } from '#database'

/**
 * What SQL may know of a request that a live query is asked for: the headers that a client chose for itself, and not what
 * differs from one connection to the next. It reads, and its transaction refuses to write.
 */
export function liveRequest({ path, headers, address }: RequestInfo): RequestInfo {
  const own = Object.entries(headers).filter(([name]) => isOwn(name))
  return { method: 'GET', path, headers: Object.fromEntries(own), ...(address !== undefined && { address }) }
}

function isOwn(name: string): boolean {
  return name === 'apikey' || name === 'authorization' || (name.startsWith('x-') && !ofTheWay.test(name))
}

/** Written by proxies, or another for each request. */
const ofTheWay = /^x-(forwarded|real|request|amzn|cloud|b3|envoy|vercel|railway|render|correlation)(-|$)/
