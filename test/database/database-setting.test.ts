import { expect, test } from 'vitest'
import { isHarmlessSetting } from '../../src/database/project/database-setting.ts'

test.each([
  ...['search_path', 'TimeZone', '"app.settings.jwt_secret"', 'app.settings.x', 'my_app.flag', 'pgrst.db_schemas'],
  ...['statement_timeout', 'idle_in_transaction_session_timeout', 'log_min_duration_statement', 'log_statement'],
  ...[
    'work_mem',
    'random_page_cost',
    'enable_seqscan',
    'max_parallel_workers_per_gather',
    'jit',
    'session_replication_role',
  ],
  ...['graphql.default_page_size', 'plpgsql.extra_warnings', 'pgaudit.log', 'hnsw.ef_search', 'cron.timezone'],
])('the administrator sets %s', (setting) => {
  expect(isHarmlessSetting(`alter database postgres set ${setting} to 'x'`)).toBe(true)
  expect(isHarmlessSetting(`ALTER DATABASE "postgres" RESET ${setting}`)).toBe(true)
})

test.each([
  ...['role', 'session_authorization', 'session_preload_libraries', 'local_preload_libraries', 'jit_provider', 'all'],
  ...['dynamic_library_path', 'extension_control_path', 'event_triggers', 'allow_system_table_mods', 'exit_on_error'],
  ...['max_stack_depth', 'zero_damaged_pages', 'ignore_checksum_failure', 'debug_discard_caches', 'post_auth_delay'],
  ...['plperl.on_plperl_init', 'pltcl.start_proc', '"PLV8.start_proc"', 'supautils.privileged_role', 'U&"\\0061pp.x"'],
  ...['default_tablespace', 'log_ statement', 'application_name; create role x'],
])('and not %s', (setting) => {
  expect(isHarmlessSetting(`alter database postgres set ${setting} to 'x'`)).toBe(false)
})
