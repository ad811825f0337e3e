import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { RequestInfo } from '#database'
import { PorticoError } from '#errors'
import { type ApiKeys, authorizationOf } from './api-keys.ts'
import { forwardedAddress, saidByClients } from './client-address.ts'

/** What SQL may know of a request. */
export function requestInfo(req: IncomingMessage, path: string, address?: string): RequestInfo {
  const { method = 'POST', headers } = req
  // Of all headers of a request the one that is a list.
  const { 'set-cookie': list } = headers
  const told = (list ? { ...headers, 'set-cookie': list.join(', ') } : headers) as Readonly<Record<string, string>>
  return { method, path, headers: told, ...(address !== undefined && { address }) }
}

/** A caller's own id is kept when it is harmless to log. */
export function requestId(req: IncomingMessage): string {
  const given = header(req, 'x-request-id')
  return given !== undefined && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID()
}

function header(req: IncomingMessage, name: string): string | undefined {
  const value = req.headers[name]
  return Array.isArray(value) ? value[0] : value
}

export function pathOf(req: IncomingMessage): string {
  const url = req.url ?? '/'
  const query = url.indexOf('?')
  return query < 0 ? url : url.slice(0, query)
}

export function isAt(path: string, mount: string): boolean {
  return path === mount || path.startsWith(`${mount}/`)
}

/** The service's name, for logs and metrics: paths may hold tokens and names of people's files. */
export function routeName(path: string): string {
  return service.exec(path)?.[1] ?? own.exec(path)?.[1] ?? 'other'
}

const service = /^\/(graphql|auth|storage|functions|rest|realtime)\/v1(?=\/|$)/
const own = /^\/(health|metrics)$/

/** From the header or, as Supabase's gateway takes it too, from the query string. */
export function apiKey(req: IncomingMessage): string | undefined {
  const given = header(req, 'apikey')
  if (given !== undefined || !req.url?.includes('apikey=')) return given
  return new URLSearchParams(req.url.slice(req.url.indexOf('?') + 1)).get('apikey') ?? undefined
}

/** A host as it should be: the one that was asked for last, and mostly there is no other. */
let knownHost = 'localhost'

/** Whoever reads the request's URL finds one: HTTP/1.0 needs no host, and a header may hold anything. */
export function settleHost(req: IncomingMessage): void {
  const { host = 'localhost' } = req.headers
  if (req.headers.host === knownHost) return
  const isHost = !/[\s/?#@\\]/.test(host) && URL.canParse(`http://${host}/`)
  req.headers.host = isHost ? host : 'localhost'
  if (isHost) knownHost = host
  else {
    throw new PorticoError('BAD_REQUEST', { message: 'The Host header names no host.' })
  }
}

/** Of which a request has one, and which Node joins where it brings several. */
const single = ['apikey', 'accept-profile', 'content-profile'] as const

/** Of several the first counts, as for PostgREST: postgrest-go says each header three times. */
export function settleRepeated({ headers, rawHeaders }: IncomingMessage): void {
  for (const name of single) {
    if (!headers[name]?.includes(', ')) continue
    const at = rawHeaders.findIndex((text, i) => i % 2 === 0 && text.toLowerCase() === name)
    headers[name] = rawHeaders[at + 1] ?? ''
  }
}

/** Whatever a URL may hold as it is, and no dot with which a segment might lead elsewhere. */
const plainPath = /^[\w/-]*$/

/** What follows a mount in the request's URL, with its query; free of dot segments and of what no URL may hold. */
export function below(req: IncomingMessage, mount: string): string {
  if (req.url?.startsWith(`${mount}/`) && plainPath.test(req.url)) return req.url.slice(mount.length)
  const { pathname, search } = new URL(req.url ?? '/', 'http://localhost')
  return (isAt(pathname, mount) ? pathname.slice(mount.length) || '/' : '/') + search
}

const replaced: ReadonlySet<string> = new Set(['authorization', ...saidByClients])

/**
 * The request's headers as a service should see them: a key has become the token of its role, and
 * `X-Forwarded-For` is the client's address, as far as it can be believed. A key that is none of the project's stays as it
 * is: a webhook brings an edge function keys of its own.
 */
export function settledHeaders(req: IncomingMessage, keys: ApiKeys, address: string | undefined): string[] {
  const { rawHeaders } = req
  const { authorization } = req.headers
  const token = authorizationOf(apiKey(req), authorization, keys)
  const settled = typeof token === 'string' ? `Bearer ${token}` : authorization
  const headers: string[] = []
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? ''
    if (!replaced.has(name.toLowerCase())) headers.push(name, rawHeaders[i + 1] ?? '')
  }
  if (settled !== undefined) headers.push('authorization', settled)
  // A server that has the secret key may name whom it asks for, as it may elsewhere.
  const named = token === keys.serviceRoleKey ? forwardedAddress(header(req, 'sb-forwarded-for')) : undefined
  const from = named ?? address
  if (from !== undefined) headers.push('x-forwarded-for', from)
  return headers
}
