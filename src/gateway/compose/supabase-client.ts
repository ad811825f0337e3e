import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import type { Caller } from '#database'

/** How the gateway reaches the services: over the network, or by a `fetch` that calls them in this process. */
export interface ServicesAccess {
  readonly url: string
  /** The key that every client may hold. */
  readonly publishableKey: string
  readonly fetch: typeof fetch
}

/**
 * Makes clients that act as one caller each. A client is made per request and dropped with it: one that signs in
 * holds a session, and must never serve anyone else.
 */
export function createSupabaseFor({ url, publishableKey, fetch }: ServicesAccess): (caller: Caller) => SupabaseClient {
  return (caller) =>
    createClient(url, publishableKey, {
      global: { fetch, headers: caller.token === undefined ? {} : { Authorization: `Bearer ${caller.token}` } },
      auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    })
}
