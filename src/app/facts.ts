import { randomBytes } from 'node:crypto'
import type { Config } from '#config'
import type { HolderFacts } from '#database'

/**
 * What a client needs to know of a running backend, under the names that `supabase status` prints; only what is there
 * is named. The secrets of a Supabase elsewhere are its operator's, and not repeated.
 * See https://github.com/supabase/cli, `internal/status`.
 */
export function factsOf(config: Config, url: string, databaseUrl: string | undefined): HolderFacts {
  const { api, keys, managed, edgeRuntime } = config
  return {
    API_URL: url,
    ...((managed || api.enabled) && { REST_URL: `${url}/rest/v1` }),
    GRAPHQL_URL: `${url}/graphql/v1`,
    ...((managed || edgeRuntime.enabled) && { FUNCTIONS_URL: `${url}/functions/v1` }),
    ...(databaseUrl !== undefined && { DB_URL: databaseUrl }),
    PUBLISHABLE_KEY: keys.publishableKey,
    ANON_KEY: keys.anonKey,
    ...(!managed && {
      SECRET_KEY: keys.secretKey,
      SERVICE_ROLE_KEY: keys.serviceRoleKey,
      JWT_SECRET: keys.jwtSecret,
    }),
  }
}

/** The operator key of this run: only who may read the data folder learns it. */
export function newOperatorKey(): string {
  return `portico_operator_${randomBytes(32).toString('base64url')}`
}
