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
