import type { RequestInfo } from '#database'

/**
 * What SQL sees of the request behind a live query: only the headers that a client chose for itself. Those that differ from one
 * connection to the next would make equal queries different ones. The method is GET, under which the transaction refuses to write.
 */
export function liveRequest({ path, headers, address }: RequestInfo): RequestInfo {
  const own = Object.entries(headers).filter(([name]) => isOwn(name))
  return { method: 'GET', path, headers: Object.fromEntries(own), ...(address !== undefined && { address }) }
}

function isOwn(name: string): boolean {
  return name === 'apikey' || name === 'authorization' || (name.startsWith('x-') && !ofTheWay.test(name))
}

/** Headers that proxies write, or that are different for each request. */
const ofTheWay = /^x-(forwarded|real|request|amzn|cloud|b3|envoy|vercel|railway|render|correlation)(-|$)/
