import { type Config, serverUrl } from '#config'
import {
  applyBaseline,
  applyProject,
  type Connections,
  checkLogin,
  type HeldFolder,
  type ProjectOptions,
  startPostgres,
} from '#database'
import type { PorticoError } from '#errors'
import type { Observe } from '#observe'
import {
  administeredConnections,
  clientConfig,
  isTransactionPooler,
  managedConnections,
} from './external-connections.ts'
import { timed } from './phases.ts'

/** The database of a running backend. */
export interface OpenDatabase {
  readonly connections: Connections
  /** Of the embedded server: a file with the key of the vault. */
  readonly vaultKey?: string
  /** False behind a transaction-mode pooler. */
  readonly prepared: boolean
  /** Where a client logs in; undefined for a managed one, whose URL is the operator's secret. */
  readonly url: string | undefined
  /** Resolves when the embedded server is down for good though nobody stopped it. */
  readonly failed: Promise<PorticoError>
  close(): Promise<void>
}

export interface OpenDatabaseOptions {
  /** `socket`: the embedded server listens for no TCP, and takes no port. */
  readonly door?: 'tcp' | 'socket'
  /** Called while the embedded server is made or starts, in processes of its own. */
  readonly meanwhile?: () => void
}

/** Starts the embedded server, or takes the one that the configuration names. Nothing is changed in it yet. */
export async function openDatabase(
  config: Config,
  folder: HeldFolder | undefined,
  observe: Observe,
  { door = 'tcp', meanwhile }: OpenDatabaseOptions = {},
): Promise<OpenDatabase> {
  const { database, keys, managed, http } = config
  if (database.kind === 'external') {
    if (managed) await checkManaged(config, database.url, observe)
    const connections = managed
      ? managedConnections(database.url)
      : administeredConnections(database.url, keys.databasePassword)
    return {
      connections,
      prepared: !isTransactionPooler(database.url),
      url: managed ? undefined : database.url,
      failed: new Promise(() => {}),
      close: async () => {},
    }
  }
  if (!folder) throw new Error('the embedded database needs a data folder')
  const listen = { host: http.host, port: database.port }
  const settings = settingsOf(config)
  const server = await startPostgres({
    folder,
    ...(door === 'tcp' && { listen }),
    settings,
    rootKey: config.db.rootKey,
    ...(meanwhile && { meanwhile }),
    observe,
  })
  const address = new URL(serverUrl(http.host, server.port)).host
  return {
    connections: server.connections(),
    vaultKey: server.vaultKey,
    prepared: true,
    url: `postgresql://postgres:${encodeURIComponent(keys.databasePassword)}@${address}/postgres`,
    failed: new Promise((resolve) => void server.exited.then((error) => error && resolve(error))),
    close: () => server.stop(),
  }
}

async function checkManaged({ rolesAllowed = [] }: Config, url: string, observe: Observe): Promise<void> {
  const { isSuperuser } = await checkLogin(clientConfig(url), rolesAllowed)
  if (!isSuperuser) return
  const text = `DATABASE_URL logs in as a superuser; a login that may become ${rolesAllowed.join(', ')} will do`
  observe({ kind: 'message', level: 'warn', text })
}

/** `[db.settings]`, under Postgres' own names. */
function settingsOf({ db }: Config): Record<string, string> {
  const entries = Object.entries(db.settings).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries.map(([name, value]) => [snakeCase(name), String(value)]))
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** Brings the database to what the platform and the project say. Never called in managed mode. */
export async function buildDatabase(config: Config, database: OpenDatabase, observe: Observe) {
  await timed(observe, 'baseline', () => applyPlatform(config, database))
  return await applyProject(projectOptions(config, database.connections, observe))
}

/** The baseline alone, without the project's SQL. The vault's key is kept out of the database where there is a file for it. */
export async function applyPlatform(
  { keys, auth, mode }: Config,
  { connections, vaultKey }: Pick<OpenDatabase, 'connections' | 'vaultKey'>,
): Promise<void> {
  await applyBaseline(connections, {
    databasePassword: keys.databasePassword,
    jwtSecret: mode === 'development' ? keys.jwtSecret : undefined,
    jwtExpiry: auth.jwtExpiry,
    ...(vaultKey !== undefined && { vaultKey }),
  })
}

/** What of the configuration decides how a project's SQL (roles, migrations, seed, vault) is applied. */
export function projectOptions(config: Config, connections: Connections, observe: Observe): ProjectOptions {
  const { project, db, api } = config
  return {
    connections,
    root: project.root,
    supabase: project.supabase,
    migrations: db.migrations,
    seed: db.seed,
    vault: db.vault,
    ...(api.autoExposeNewTables !== undefined && { exposeNewTables: api.autoExposeNewTables }),
    observe,
  }
}
