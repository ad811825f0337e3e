/**
 * Whether the administrator may run an `alter database`: for settings that are listed here. What names code to load,
 * whom to act as, or what switches off what confines the project is not, nor is what may bring the server down.
 */
export function isHarmlessSetting(statement: string): boolean {
  const setting = settingOfDatabase.exec(statement)?.[1]?.replaceAll(/["\s]/g, '').toLowerCase()
  if (setting === undefined) return false
  return setting.includes('.') ? !ofCode.test(setting) : ofPostgres.has(setting) || families.test(setting)
}

const name = String.raw`(?:[a-z_][\w$]*|"[^"]+")`
const qualified = String.raw`${name}(?:\s*\.\s*${name})*`
const settingOfDatabase = new RegExp(
  String.raw`^alter\s+database\s+${name}\s+(?:set|reset)\s+(${qualified})(?=\s*=|\s+to\b|\s+from\b|\s*$)`,
  'i',
)

/**
 * Of names with a dot all but a few are a project's own (`app.settings.…`), or an extension's that run nothing (`pgrst.…`,
 * `graphql.…`, `pgaudit.…`): no list could know them. Those of languages can name code that is run.
 */
const ofCode = /^(?:pl(?!pgsql\.)\w*|supautils|pgsodium|vault)\./

const families =
  /^(?:log_|track_|vacuum_|geqo(?:$|_)|enable_|lc_|default_transaction_|max_parallel_|min_parallel_)|_(?:timeout|cost|collapse_limit)$/

const ofPostgres: ReadonlySet<string> = new Set([
  ...[
    'search_path',
    'timezone',
    'datestyle',
    'intervalstyle',
    'client_encoding',
    'client_min_messages',
    'row_security',
  ],
  ...['bytea_output', 'extra_float_digits', 'xmlbinary', 'xmloption', 'standard_conforming_strings', 'array_nulls'],
  ...['default_text_search_config', 'default_toast_compression', 'default_statistics_target', 'check_function_bodies'],
  ...['work_mem', 'maintenance_work_mem', 'logical_decoding_work_mem', 'hash_mem_multiplier', 'temp_buffers'],
  ...['temp_file_limit', 'effective_cache_size', 'effective_io_concurrency', 'maintenance_io_concurrency'],
  ...['jit', 'plan_cache_mode', 'constraint_exclusion', 'cursor_tuple_fraction', 'recursive_worktable_factor'],
  ...['parallel_leader_participation', 'gin_fuzzy_search_limit', 'gin_pending_list_limit', 'synchronous_commit'],
  ...['session_replication_role', 'compute_query_id', 'stats_fetch_consistency', 'wal_compression'],
])
