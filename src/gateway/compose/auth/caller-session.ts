import type { SupabaseClient } from '@supabase/supabase-js'
import { GraphQLError } from 'graphql'
import type { Caller } from '#database'
import { dataOf } from '../service-error.ts'

/** The token of a user; an API key is a token too, but nobody's. */
export function signedIn({ token, claims }: Caller): string {
  if (token === undefined || typeof claims.sub !== 'string')
    throw new GraphQLError('Sign in first.', { extensions: { code: 'UNAUTHENTICATED' } })
  return token
}

/** Auth of the caller: the client takes its session from its own store, which is dropped with the request. */
export async function authOf({
  supabase,
  caller,
}: {
  readonly supabase: SupabaseClient
  readonly caller: Caller
}): Promise<SupabaseClient['auth']> {
  dataOf(await supabase.auth.setSession({ access_token: signedIn(caller), refresh_token: 'none' }))
  return supabase.auth
}
