import type { Catalog, FunctionName } from '#database'
import { type RolePath, readRolePath } from './role-path.ts'

/** `[api]` of config.toml, as far as the Data API goes. */
export interface ApiSettings {
  readonly schemas: readonly string[]
  readonly extraSearchPath: readonly string[]
  /** 0 sets no limit. */
  readonly maxRows: number
}

/** What the configuration and `alter role authenticator set pgrst.…` come to; the latter prevails. */
export interface Settings {
  readonly schemas: readonly string[]
  readonly searchPath: readonly string[]
  readonly maxRows: number | undefined
  readonly aggregates: boolean
  readonly plans: boolean
  /** Whether a client may choose how its transaction ends, and how it ends if none does. */
  readonly transactionEnd: { readonly mayChoose: boolean; readonly rollback: boolean }
  /** Settings of functions that are to hold before they are called. */
  readonly hoisted: readonly string[]
  /** A function to call before every request. */
  readonly preRequest: (Omit<FunctionName, 'schema'> & Partial<FunctionName>) | undefined
  /** Who asks without a token; undefined where nobody may. */
  readonly anonymousRole: string | undefined
  /** Where a token names its role, where that is not `role`. */
  readonly rolePath: RolePath | undefined
  /** Whom tokens have to be for. */
  readonly audience: string | undefined
  /** Whether `Server-Timing` says how long the parts of a request took. */
  readonly timing: boolean
  readonly openApi: OpenApiSettings
}

export interface OpenApiSettings {
  readonly mode: 'follow-privileges' | 'ignore-privileges' | 'disabled'
  /** A function that answers in the document's place. */
  readonly rootFunction: string | undefined
  /** Whether the document says that a token is wanted. */
  readonly security: boolean
  /** Where the API is to be found, where that is not where it is asked. */
  readonly url: URL | undefined
}

const defaultHoisted = ['statement_timeout', 'plan_filter.statement_cost_limit', 'default_transaction_isolation']

/** @param catalog what the database says for itself: `db_schemas`, `openapi_mode`, … */
export function settingsOf(api: ApiSettings, { settings: own }: Pick<Catalog, 'settings'>): Settings {
  const maxRows = own.db_max_rows === undefined ? api.maxRows : Number(own.db_max_rows)
  const end = own.db_tx_end ?? 'commit'
  return {
    schemas: list(own.db_schemas) ?? api.schemas,
    searchPath: list(own.db_extra_search_path) ?? api.extraSearchPath,
    maxRows: Number.isInteger(maxRows) && maxRows > 0 ? maxRows : undefined,
    aggregates: isOn(own.db_aggregates_enabled),
    plans: isOn(own.db_plan_enabled),
    transactionEnd: { mayChoose: end.endsWith('-allow-override'), rollback: end.startsWith('rollback') },
    hoisted: own.db_hoisted_tx_settings === undefined ? defaultHoisted : (list(own.db_hoisted_tx_settings) ?? []),
    preRequest: functionName(own.db_pre_request),
    anonymousRole: (own.db_anon_role ?? 'anon').trim() || undefined,
    rolePath: own.jwt_role_claim_key === undefined ? undefined : readRolePath(own.jwt_role_claim_key.trim()),
    audience: own.jwt_aud || undefined,
    timing: isOn(own.server_timing_enabled),
    openApi: openApiOf(own),
  }
}

function openApiOf(own: Catalog['settings']): OpenApiSettings {
  const mode = own.openapi_mode
  return {
    mode: mode === 'ignore-privileges' || mode === 'disabled' ? mode : 'follow-privileges',
    rootFunction: functionName(own.db_root_spec)?.name,
    security: isOn(own.openapi_security_active),
    url: urlOf(own.openapi_server_proxy_uri),
  }
}

function isOn(text: string | undefined): boolean {
  return /^(true|on|t|yes|1)$/i.test(text ?? '')
}

function list(text: string | undefined): string[] | undefined {
  const names = text
    ?.split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  return names && names.length > 0 ? names : undefined
}

function functionName(text: string | undefined): Settings['preRequest'] {
  if (text === undefined || text.trim() === '') return undefined
  const [first = '', second] = text.trim().split('.')
  return second === undefined ? { name: first } : { schema: first, name: second }
}

function urlOf(text: string | undefined): URL | undefined {
  const url = text !== undefined && URL.canParse(text) ? new URL(text) : undefined
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url : undefined
}
