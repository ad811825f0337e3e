/** What of the platform schema differs from one project to the next. */
export interface BaselineOptions {
  /** Password of `postgres`, `authenticator`, `supabase_auth_admin` and `supabase_storage_admin`. */
  readonly databasePassword: string
  /**
   * Shown to SQL as `app.settings.jwt_secret`, as the Supabase CLI does in development. Any role can read it, so
   * production leaves it out; what was set before is then taken away.
   */
  readonly jwtSecret: string | undefined
  /** A file of the server's with the key of the vault; without one the key is kept in the database. */
  readonly vaultKey?: string
  /** Seconds; shown to SQL as `app.settings.jwt_exp`. */
  readonly jwtExpiry: number
}
