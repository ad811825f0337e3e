import type { Readable } from 'node:stream'
import type { Caller } from '#database'
import { isPorticoError } from '#errors'
import { type ApiKeys, authorizationOf, invalidKey } from './api-keys.ts'
import { forwardedAddress, saidByClients } from './client-address.ts'

/** A service that answers requests whose path starts where it is mounted. */
export interface FetchService {
  fetch(request: Request): Promise<Response>
  /** For a request from the network, with its body beside it: to make a web stream of one is to copy all of it. */
  fetchIncoming?(request: Request, body: Readable): Promise<Response>
}

/** Whom a token stands for; rejects for one that is not good. */
export type Verify = (token: string) => Promise<Caller>

export interface DispatchOptions {
  /** By mount path: `/auth/v1`. */
  readonly services: ReadonlyMap<string, FetchService>
  readonly keys: ApiKeys
}

/**
 * One way in to the services, for requests from the network and from this process alike.
 * `address` is the peer's, where there is one: services read it as `X-Forwarded-For`, which clients cannot forge.
 */
export type Dispatch = (request: Request, address?: string, incoming?: Readable) => Promise<Response>

/** Finds the service, settles what key and token mean, and hands over with the mount path taken off. */
export function createDispatch({ services, keys }: DispatchOptions): Dispatch {
  const mounts = [...services]

  return async (request, address, incoming) => {
    const url = new URL(request.url)
    const mount = mounts.find(([path]) => url.pathname === path || url.pathname.startsWith(`${path}/`))
    if (!mount) return json(404, { code: 'NOT_FOUND', message: 'There is nothing at this address.' })
    const [path, service] = mount

    const apikey = request.headers.get('apikey') ?? url.searchParams.get('apikey') ?? undefined
    const authorization = request.headers.get('authorization') ?? undefined
    const token = authorizationOf(apikey, authorization, keys)
    // A webhook brings an edge function keys of its own: what they mean, the function says.
    if (token === invalidKey && path !== '/functions/v1') return invalidApiKey()
    url.pathname = url.pathname.slice(path.length) || '/'
    const headers = new Headers(request.headers)
    // Supabase's gateway hands Auth a legacy key that stands alone as no bearer token, and clients match on the refusal.
    const isBearer = path !== '/auth/v1' || authorization !== undefined || apikey?.startsWith('sb_')
    if (typeof token === 'string' && isBearer) headers.set('authorization', `Bearer ${token}`)

    // Calls from within, and those of a server that has the secret key, may name whom they are made for.
    const mayForward = address === undefined || token === keys.serviceRoleKey
    const client = (mayForward ? forwardedAddress(headers.get('sb-forwarded-for')) : undefined) ?? address
    for (const name of saidByClients) headers.delete(name)
    if (client !== undefined) headers.set('x-forwarded-for', client)

    const { method, signal } = request
    const init = { method, headers, signal, redirect: 'manual' } as const
    if (incoming && service.fetchIncoming) return await service.fetchIncoming(new Request(url, init), incoming)
    const { body } = request
    const duplex = body ? { body, duplex: 'half' } : {}
    return await service.fetch(new Request(url, { ...init, ...duplex } as RequestInit))
  }
}

/** In the form of Supabase's gateway. */
export function invalidApiKey(): Response {
  return json(401, { message: 'Invalid API key', hint: 'Double check your Supabase `anon` or `service_role` API key.' })
}

/** The caller that a token stands for; without one, `anon`. */
export async function callerOf(token: string | undefined, verify: Verify): Promise<Caller> {
  return token === undefined ? anonymous : await verify(token)
}

const anonymous: Caller = Object.freeze({ role: 'anon', claims: Object.freeze({ role: 'anon' }) })

export function refusal(error: unknown): Response {
  if (!isPorticoError(error)) return json(500, { code: 'INTERNAL_SERVER_ERROR', message: 'Unexpected error.' })
  const response = json(error.status, { code: error.code, message: error.message })
  if (error.status === 503) response.headers.set('retry-after', '1')
  return response
}

export function json(status: number, body: object): Response {
  return Response.json(body, { status })
}
