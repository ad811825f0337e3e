import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import type { Caller } from '#database'

/** How the gateway reaches the services: over the network, or by a `fetch` that calls them in this process. */
export interface ServicesAccess {
  readonly url: string
  /** The key that every client may hold. */
  readonly publishableKey: string
  /** The key of the service role; used for callers who came with it, and for no other. */
  readonly secretKey: string
  readonly fetch: typeof fetch
}

/**
 * Makes clients that act as one caller each. A client is made per request and dropped with it: one that signs in
 * holds a session, and must never serve anyone else.
 */
export function createSupabaseFor(access: ServicesAccess): (caller: Caller, address?: string) => SupabaseClient {
  const { url, publishableKey, secretKey, fetch } = access
  return ({ token }, address) => {
    const secret = token === secretKey
    const headers: Record<string, string> = token === undefined || secret ? {} : { Authorization: `Bearer ${token}` }
    return createClient(url, secret ? secretKey : publishableKey, {
      global: { fetch: from(address, fetch), headers },
      auth: {
        ...{ persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
        experimental: { passkey: true },
      },
    })
  }
}

/** Services count requests by where they come from, which no header that is given to a call may change. */
function from(address: string | undefined, call: typeof fetch): typeof fetch {
  return (input, init) => {
    const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined))
    headers.delete('sb-forwarded-for')
    if (address !== undefined) headers.set('sb-forwarded-for', address)
    return call(input, { ...init, headers })
  }
}
