import { createClient, type SupabaseClient } from '@supabase/supabase-js'

/** The backend as one caller sees it: storage through supabase-js, data through GraphQL. */
export interface Backend {
  readonly storage: SupabaseClient['storage']
  /** Throws when there is any error; `Data` is what the document selects. */
  graphql<Data>(document: string, variables: Record<string, unknown>): Promise<Data>
}

/** Under the policies of whoever called the function. */
export function asCaller(request: Request): Backend {
  const key = variable('SUPABASE_ANON_KEY')
  return connect(key, request.headers.get('Authorization') ?? `Bearer ${key}`)
}

/** Under no policies: for what the caller has been found to have a right to, and could not do alone. */
export function asService(): Backend {
  const key = variable('SUPABASE_SERVICE_ROLE_KEY')
  return connect(key, `Bearer ${key}`)
}

function connect(key: string, authorization: string): Backend {
  const url = variable('SUPABASE_URL')
  const { storage } = createClient(url, key, {
    global: { headers: { Authorization: authorization } },
    auth: { persistSession: false, autoRefreshToken: false },
  })
  return {
    storage,
    async graphql<Data>(document: string, variables: Record<string, unknown>): Promise<Data> {
      const response = await fetch(`${url}/graphql/v1`, {
        method: 'POST',
        headers: { apikey: key, Authorization: authorization, 'Content-Type': 'application/json' },
        body: JSON.stringify({ query: document, variables }),
      })
      const { data, errors } = await response.json()
      if (!response.ok || errors?.length) throw new Error(`GraphQL: ${JSON.stringify(errors ?? response.status)}`)
      return data
    },
  }
}

function variable(name: string): string {
  const value = Deno.env.get(name)
  if (!value) throw new Error(`The variable ${name} is not set.`)
  return value
}
