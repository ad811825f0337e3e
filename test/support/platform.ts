import type { BaselineOptions } from '#database'

export const templateName = 'portico_template'

/** What the databases of the tests are made with: the Supabase CLI's well-known development values. */
export const baselineOptions: BaselineOptions = {
  databasePassword: 'postgres',
  jwtSecret: 'super-secret-jwt-token-with-at-least-32-characters-long',
  jwtExpiry: 3600,
}
