import type { ClientConfig } from 'pg'

/** The roles that Portico itself logs in as. Everything else is reached by `set role` from `authenticator`. */
export type LoginRole =
  | 'supabase_admin'
  | 'postgres'
  | 'authenticator'
  | 'supabase_auth_admin'
  | 'supabase_storage_admin'

/** Where the database is: the settings node-postgres needs to log in as one of Portico's roles. */
export interface Connections {
  for(role: LoginRole): ClientConfig
}

/**
 * Settings of a connection that is held and mostly silent: where the server has vanished without a word, it notices within
 * half a minute, and not after the two hours that the kernel would wait.
 */
export const heldOpen = { keepAlive: true, keepAliveInitialDelayMillis: 20_000 } as const
