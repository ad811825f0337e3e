import { PorticoError } from '#errors'
import { logLinePrefix } from './log-lines.ts'

export interface ServerSettings {
  /** undefined: no TCP at all. */
  readonly listen: { readonly host: string; readonly port: number } | undefined
  readonly socketPort: number
  readonly socketFolder: string
  /** Folders to find extensions in before Postgres' own. */
  readonly extensionFolders: readonly string[]
  /** The project's `[db.settings]`. */
  readonly project: Readonly<Record<string, string>>
}

/** What a project may not set: the supervisor depends on it, or what was acknowledged could be lost. */
const reserved = new Set(
  `config_file data_directory hba_file ident_file external_pid_file include include_if_exists include_dir
   listen_addresses port unix_socket_directories unix_socket_group unix_socket_permissions
   fsync full_page_writes wal_level extension_control_path dynamic_library_path shared_preload_libraries ssl
   logging_collector log_destination log_line_prefix log_min_messages log_min_error_statement log_error_verbosity
   log_parameter_max_length log_parameter_max_length_on_error lc_messages password_encryption
   archive_command archive_library restore_command`.split(/\s+/),
)

/**
 * The text of postgresql.conf.
 *
 * @throws PorticoError CONFIG_INVALID for a setting of the project's that is Portico's own.
 */
export function postgresqlConf(settings: ServerSettings): string {
  const project = Object.entries(settings.project).map(([name, value]) => [checkedName(name), value] as const)
  const lines = [...Object.entries(own(settings)), ...project].map(([name, value]) => `${name} = ${quote(name, value)}`)
  return ['# Written by Portico at each start. Settings of your own: [db.settings] in config.toml.', ...lines, ''].join(
    '\n',
  )
}

function own({ listen, socketPort, socketFolder, extensionFolders }: ServerSettings): Record<string, string> {
  return {
    listen_addresses: listen?.host ?? '',
    port: String(listen?.port ?? socketPort),
    unix_socket_directories: `"${socketFolder}"`,
    unix_socket_permissions: '0700',
    extension_control_path: [...extensionFolders, '$system'].join(':'),
    shared_preload_libraries: 'pg_stat_statements',
    max_connections: '100',
    shared_buffers: '128MB',
    wal_level: 'logical',
    // A replication slot that nobody reads must not fill the disk.
    max_slot_wal_keep_size: '1GB',
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    lc_messages: 'C',
    default_text_search_config: 'pg_catalog.english',
    log_line_prefix: logLinePrefix,
    log_min_messages: 'warning',
    log_checkpoints: 'off',
    // Statements, details and parameters hold what users wrote; none of it may reach a log.
    log_error_verbosity: 'terse',
    log_min_error_statement: 'panic',
    log_parameter_max_length: '0',
    log_parameter_max_length_on_error: '0',
  }
}

/** The socket's folder lets in nobody but us, so whoever reaches it is trusted; over TCP a password is needed. */
export const pgHbaConf = `# Written by Portico at each start.
local all all trust
local replication all trust
host all all 0.0.0.0/0 scram-sha-256
host all all ::/0 scram-sha-256
`

function checkedName(name: string): string {
  if (/^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$/i.test(name) && !reserved.has(name.toLowerCase())) return name
  throw new PorticoError('CONFIG_INVALID', {
    message: `[db.settings] ${name} may not be set: ${reserved.has(name.toLowerCase()) ? 'it is Portico’s own' : 'it is no setting of Postgres'}.`,
    details: { key: `db.settings.${name}` },
  })
}

function quote(name: string, value: string): string {
  if (!/[\n\r\0]/.test(value)) return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
  throw new PorticoError('CONFIG_INVALID', {
    message: `[db.settings] ${name} has a line break in its value.`,
    details: { key: `db.settings.${name}` },
  })
}
