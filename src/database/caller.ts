/** The claims of a verified JWT, as `auth.jwt()` shows them. */
export type Claims = Readonly<Record<string, unknown>>

/**
 * Who asks: the database role and the claims that row-level security sees.
 * Made by the auth room from a verified token, taken by every service method.
 */
export interface Caller {
  /** The database role a statement runs as: `anon`, `authenticated`, `service_role` or one of the project's own. */
  readonly role: string
  readonly claims: Claims
  /** The token the claims came from, to be passed on to a service; absent when the caller sent only an API key. */
  readonly token?: string
}

/** What SQL may know of the HTTP request, as PostgREST's `request.method`, `request.path` and `request.headers`. */
export interface RequestInfo {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Where it came from; not told to SQL. */
  readonly address?: string
  /** Further settings of the transaction alone: `search_path`, `timezone` … They prevail over the role's own. */
  readonly settings?: Readonly<Record<string, string>>
}
