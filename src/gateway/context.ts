import type { SupabaseClient } from '@supabase/supabase-js'
import type { Caller, RequestInfo } from '#database'

/** What every resolver is given; one per request, bound to one caller. */
export interface ResolverContext {
  readonly caller: Caller
  readonly requestInfo: RequestInfo
  /** A client of Auth, Storage and Functions that acts as this caller and serves no other. */
  readonly supabase: SupabaseClient
}
