import type { SupabaseClient } from '@supabase/supabase-js'
import type { Caller, RequestInfo } from '#database'
import { type InvokeFunctionOptions, invokeFunction } from './compose/index.ts'

/** What every resolver is given; one per request, bound to one caller. */
export interface ResolverContext {
  readonly caller: Caller
  readonly requestInfo: RequestInfo
  /**
   * A client of Auth, Storage and Functions that acts as this caller and serves no other; a new one each time it is asked
   * for, since one that signs in is somebody else from then on, and the fields beside it are not.
   */
  readonly supabase: SupabaseClient
  /**
   * Invokes an edge function as this caller; its JSON answer. Errors of the function become GraphQL errors with its code.
   *
   * @example resolve: (_root, { id }, { invoke }) => invoke<Developed>('develop', { photograph_id: id })
   */
  invoke<Answer>(name: string, body?: unknown, options?: InvokeFunctionOptions): Promise<Answer>
}

/** Who asks, as the HTTP door found out. */
export interface RequestContext {
  readonly caller: Caller
  readonly requestInfo: RequestInfo
}

export function resolverContext(
  { caller, requestInfo }: RequestContext,
  supabaseFor: (caller: Caller, address?: string) => SupabaseClient,
): ResolverContext {
  const supabase = () => supabaseFor(caller, requestInfo.address)
  return {
    caller,
    requestInfo,
    get supabase() {
      return supabase()
    },
    invoke: async <Answer>(name: string, body?: unknown, options?: InvokeFunctionOptions) =>
      (await invokeFunction(supabase(), name, body, options)) as Answer,
  }
}
