/**
 * The whole configuration: loaded once, frozen, passed in. Nothing else reads config.toml or the environment.
 *
 * Sections of `supabase/config.toml` keep their names and keys in camelCase (`[auth] enable_signup` is
 * `config.auth.enableSignup`); durations are seconds, sizes are bytes, paths are absolute.
 */
export interface Config {
  /** The one switch between friendly and strict: introspection, suggestions, masking, GraphiQL, inbox, hot reload. */
  readonly mode: 'development' | 'production'
  readonly project: ProjectPaths
  /** Where Postgres, objects, secrets and caches live; absolute. */
  readonly dataFolder: string
  readonly http: {
    readonly host: string
    /** `[api].port`, or `--port`. 0 takes any free port. */
    readonly port: number
    /** What clients call this backend, without a trailing slash: `http://127.0.0.1:54321`. */
    readonly externalUrl: string
  }
  readonly keys: Keys
  readonly database: DatabaseSource
  /** Set in managed mode: the services are a Supabase elsewhere, and only the gateway runs here. */
  readonly managed: Managed | undefined
  /** One line each, shown once at start: unknown keys, keys not honoured yet. */
  readonly warnings: readonly string[]
}

export interface ProjectPaths {
  readonly root: string
  readonly supabase: string
  readonly schema: string
  readonly functions: string
}

export interface Keys {
  /** Signs and verifies HS256 tokens. */
  readonly jwtSecret: string
  /** Legacy JWT keys. */
  readonly anonKey: string
  readonly serviceRoleKey: string
  /** Opaque keys: `sb_publishable_…`, `sb_secret_…`. */
  readonly publishableKey: string
  readonly secretKey: string
  /** Password of `postgres` and `authenticator` over TCP. */
  readonly databasePassword: string
}

export type DatabaseSource =
  | { readonly kind: 'embedded'; readonly port: number }
  /** `url` logs in as a role that may administer the database (`--db-url`); in managed mode as any role that may become `anon`. */
  | { readonly kind: 'external'; readonly url: string }

export interface Managed {
  readonly url: string
  readonly publishableKey: string
  readonly secretKey: string
  /** Verifies HS256 tokens where the project still signs with the shared secret. */
  readonly jwtSecret: string | undefined
}
