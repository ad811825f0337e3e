import type { JWK } from 'jose'
import type { Frozen } from './frozen.ts'
import type { Sections } from './sections/index.ts'

/**
 * The whole configuration: loaded once, frozen, passed in. Nothing else reads config.toml or the environment.
 *
 * Sections of `supabase/config.toml` keep their names and keys in camelCase (`[auth] enable_signup` is
 * `config.auth.enableSignup`); durations are seconds, sizes are bytes, paths are absolute.
 */
export interface Config {
  /** The one switch between friendly and strict: introspection, suggestions, masking, GraphiQL, inbox, hot reload. */
  readonly mode: 'development' | 'production'
  /** `project_id`: tells projects apart; letters, digits, `_`, `.` and `-`. */
  readonly projectId: string
  readonly project: ProjectPaths
  /** Where Postgres, objects, secrets and caches live; absolute. */
  readonly dataFolder: string
  /** The data folder is a temporary one, to be removed at the end. */
  readonly ephemeral: boolean
  readonly http: {
    readonly host: string
    /** `[api].port`, or `--port`. 0 takes any free port. */
    readonly port: number
    /** What clients call this backend, without a trailing slash: `http://127.0.0.1:54321`. */
    readonly externalUrl: string
    /**
     * Addresses and networks of the proxies in front (`PORTICO_TRUSTED_PROXIES`): what they say of where a request
     * came from is believed.
     */
    readonly trustedProxies: readonly string[]
  }
  readonly keys: Keys
  /** `PORTICO_OPERATOR_KEY`: who has it deploys functions and reads their logs. Undefined: one is made for each run. */
  readonly operatorKey: string | undefined
  readonly database: DatabaseSource
  /** `PORTICO_DB_POOL`: connections for callers' statements. Undefined: as many as measured best. */
  readonly poolSize: number | undefined
  /** Set in managed mode: the services are a Supabase elsewhere, and only the gateway runs here. */
  readonly managed: Managed | undefined
  /**
   * The only roles a token may name, where that is limited (`PORTICO_ROLES`; in managed mode always: anon,
   * authenticated, service_role unless told otherwise). Undefined: whatever `authenticator` may become.
   */
  readonly rolesAllowed: readonly string[] | undefined
  readonly api: Frozen<Sections['api']>
  readonly db: Frozen<Sections['db']>
  readonly auth: AuthConfig
  readonly storage: StorageConfig
  readonly edgeRuntime: Frozen<Sections['edgeRuntime']>
  /** The functions that config.toml names; a folder of supabase/functions without a section has the defaults. */
  readonly functions: Readonly<Record<string, FunctionConfig>>
  /** `false`: no function asks for a token, whatever its section says. */
  readonly verifyJwt?: boolean
  /** The import map of all functions, whatever their sections and folders say; absolute. */
  readonly importMap?: string
  readonly graphql: GraphqlConfig
  readonly realtime: Frozen<Sections['realtime']>
  /** `[local_smtp]`, formerly `[inbucket]`. */
  readonly inbucket: Frozen<Sections['localSmtp']>
  readonly studio: Frozen<Sections['studio']>
  readonly analytics: Frozen<Sections['analytics']>
  readonly experimental: Frozen<Sections['experimental']>
  /** `[remotes.NAME]`: hosted branches of the project. Their overrides apply only to the one that is selected. */
  readonly remotes: Readonly<Record<string, { readonly projectId: string }>>
  /** One line each, shown once at start: unknown keys, keys not honoured yet. */
  readonly warnings: readonly string[]
}

/** The project's folders; absolute. */
export interface ProjectPaths {
  readonly root: string
  readonly supabase: string
  readonly schema: string
  readonly functions: string
  /** What edge functions read their variables from, where it is not `.env` beside them. */
  readonly secrets?: string
}

/** The project's secrets and API keys, given or made. */
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

/** Which Postgres is used: the embedded one, or another by its connection string. */
export type DatabaseSource =
  | { readonly kind: 'embedded'; readonly port: number }
  /** `url` logs in as a role that may administer the database (`--db-url`); in managed mode as any role that may become `anon`. */
  | { readonly kind: 'external'; readonly url: string }

/** A Supabase elsewhere, which the gateway stands in front of. */
export interface Managed {
  readonly url: string
  readonly publishableKey: string
  readonly secretKey: string
  /** Verifies HS256 tokens where the project still signs with the shared secret. */
  readonly jwtSecret: string | undefined
}

type AuthSecrets = 'jwtSecret' | 'anonKey' | 'serviceRoleKey' | 'publishableKey' | 'secretKey'

/** `[auth]` without its secrets (see `Keys`), with what follows from other settings filled in. */
export interface AuthConfig
  extends Frozen<Omit<Sections['auth'], AuthSecrets | 'externalUrl' | 'jwtIssuer' | 'thirdParty'>> {
  /** Where clients reach Auth: `http://127.0.0.1:54321/auth/v1`. */
  readonly externalUrl: string
  /** The `iss` of tokens. */
  readonly jwtIssuer: string
  /** Keys of `signing_keys_path`; the first one signs, the others verify. Empty: tokens are signed with `keys.jwtSecret`. */
  readonly signingKeys: readonly Readonly<JWK>[]
  /** The one that `[auth.third_party]` enables. */
  readonly thirdParty: ThirdParty | undefined
}

/** Another identity service, whose tokens are accepted as they are. */
export interface ThirdParty {
  readonly name: Exclude<keyof Sections['auth']['thirdParty'], 'awsCognito'> | 'aws_cognito'
  /** Where its OpenID Connect discovery document is, without the well-known path and a trailing slash. */
  readonly url: string
  /** What its tokens may have as `iss`. */
  readonly issuers: readonly string[]
}

/** `[storage]`; a bucket's `objectsPath` is absolute. */
export interface StorageConfig extends Frozen<Omit<Sections['storage'], 'buckets'>> {
  readonly buckets: Readonly<Record<string, BucketConfig>>
}

/** A bucket; its `fileSizeLimit` is the section's own where it names none. */
export interface BucketConfig extends Frozen<Omit<Sections['storage']['buckets'][string], 'fileSizeLimit'>> {
  readonly fileSizeLimit: number
}

/** `[functions.NAME]` with absolute paths. */
export type FunctionConfig = Frozen<Sections['functions'][string]>

/** `[graphql]` with an absolute path. */
export interface GraphqlConfig extends Frozen<Omit<Sections['graphql'], 'introspection'>> {
  readonly introspection: boolean
}
