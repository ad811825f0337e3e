import { readFileSync } from 'node:fs'

/** One step of the platform's schema: a script of `sql/`, or an extension. Steps are only ever added, at the end. */
export type Step =
  | { readonly name: string; readonly script: true }
  | { readonly name: string; readonly extension: string; readonly schema?: string; readonly optional?: true }

export const steps: readonly Step[] = [
  { name: '0001_roles', script: true },
  { name: '0002_schemas', script: true },
  { name: '0002_uuid_ossp', extension: 'uuid-ossp', schema: 'extensions' },
  { name: '0002_pgcrypto', extension: 'pgcrypto', schema: 'extensions' },
  { name: '0002_pg_stat_statements', extension: 'pg_stat_statements', schema: 'extensions', optional: true },
  { name: '0003_auth_users', script: true },
  { name: '0004_auth_oauth_server', script: true },
  { name: '0005_auth_sessions', script: true },
  { name: '0006_auth_sso', script: true },
  { name: '0007_auth_functions', script: true },
  { name: '0008_storage', script: true },
  { name: '0009_storage_other_buckets', script: true },
  { name: '0010_storage_functions', script: true },
  { name: '0011_storage_listing', script: true },
  { name: '0012_storage_search', script: true },
  { name: '0013_realtime', script: true },
  { name: '0014_pg_net', extension: 'pg_net', schema: 'extensions' },
  { name: '0014_functions', script: true },
  { name: '0015_graphql', script: true },
  { name: '0015_vault', extension: 'supabase_vault', schema: 'vault' },
  { name: '0016_schema_watch', script: true },
  { name: '0017_project', script: true },
  { name: '0018_extension_access', script: true },
  { name: '0019_extension_functions', script: true },
  { name: '0020_events', script: true },
  { name: '0021_invocations', script: true },
  { name: '0022_auth_rate_limits', script: true },
  { name: '0023_definers', script: true },
  { name: '0024_event_functions', script: true },
  { name: '0025_event_traces', script: true },
  { name: '0026_event_sources', script: true },
  { name: '0027_schema_watch', script: true },
  { name: '0028_event_guards', script: true },
  { name: '0029_realtime_probe', script: true },
  { name: '0030_net_targets', script: true },
  { name: '0031_realtime_forgetting', script: true },
  { name: '0032_realtime_peers', script: true },
  { name: '0033_net_methods', script: true },
  { name: '0034_auth_web3_messages', script: true },
  { name: '0035_platform_schemas', script: true },
  { name: '0036_worker_schema', script: true },
  { name: '0037_auth_saml_assertions', script: true },
  { name: '0038_storage_search', script: true },
]

export function readScript(name: string): string {
  return readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), 'utf8')
}
