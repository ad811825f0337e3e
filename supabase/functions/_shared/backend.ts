import { createClient, type SupabaseClient } from '@supabase/supabase-js'

/** The backend under the policies of whoever called the function. */
export function asCaller(request: Request): SupabaseClient {
  const key = variable('SUPABASE_ANON_KEY')
  return connect(key, request.headers.get('Authorization') ?? `Bearer ${key}`)
}

/** Under no policies: for what the caller has been found to have a right to, and could not do alone. */
export function asService(): SupabaseClient {
  const key = variable('SUPABASE_SERVICE_ROLE_KEY')
  return connect(key, `Bearer ${key}`)
}

function connect(key: string, authorization: string): SupabaseClient {
  return createClient(variable('SUPABASE_URL'), key, {
    global: { headers: { Authorization: authorization } },
    auth: { persistSession: false, autoRefreshToken: false },
  })
}

function variable(name: string): string {
  const value = Deno.env.get(name)
  if (!value) throw new Error(`The variable ${name} is not set.`)
  return value
}
