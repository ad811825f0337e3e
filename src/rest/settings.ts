import type { Catalog } from '#database'

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
  /** A function to call before every request. */
  readonly preRequest: { readonly schema?: string; readonly name: string } | undefined
  readonly openApi: 'follow-privileges' | 'ignore-privileges' | 'disabled'
}

type Own = Readonly<Record<`db_${string}` | 'openapi_mode', string | undefined>>

export function settingsOf(api: ApiSettings, catalog: Pick<Catalog, 'settings'>): Settings {
  const own = catalog.settings as Own
  const maxRows = own.db_max_rows === undefined ? api.maxRows : Number(own.db_max_rows)
  const end = own.db_tx_end ?? 'commit'
  const mode = own.openapi_mode
  return {
    schemas: list(own.db_schemas) ?? api.schemas,
    searchPath: list(own.db_extra_search_path) ?? api.extraSearchPath,
    maxRows: Number.isInteger(maxRows) && maxRows > 0 ? maxRows : undefined,
    aggregates: isOn(own.db_aggregates_enabled),
    plans: isOn(own.db_plan_enabled),
    transactionEnd: { mayChoose: end.endsWith('-allow-override'), rollback: end.startsWith('rollback') },
    preRequest: functionName(own.db_pre_request),
    openApi: mode === 'ignore-privileges' || mode === 'disabled' ? mode : 'follow-privileges',
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
