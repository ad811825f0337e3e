import { join } from 'node:path'
import type { Config } from '#config'
import {
  applyBaseline,
  applyProject,
  type Connections,
  type ProjectOptions,
  startPostgres,
  writeExtensionFolder,
} from '#database'
import type { Observe } from '#observe'
import { administeredConnections, isTransactionPooler, managedConnections } from './external-connections.ts'
import { timed } from './phases.ts'

/** The database of a running backend. */
export interface OpenDatabase {
  readonly connections: Connections
  /** False behind a transaction-mode pooler. */
  readonly prepared: boolean
  /** Where a client logs in; undefined for a managed one, whose URL is the operator's secret. */
  readonly url: string | undefined
  close(): Promise<void>
}

/** Starts the embedded server, or takes the one that the configuration names. Nothing is changed in it yet. */
export async function openDatabase(config: Config, observe: Observe): Promise<OpenDatabase> {
  const { database, keys, managed } = config
  if (database.kind === 'external') {
    const connections = managed
      ? managedConnections(database.url)
      : administeredConnections(database.url, keys.databasePassword)
    return {
      connections,
      prepared: !isTransactionPooler(database.url),
      url: managed ? undefined : database.url,
      close: async () => {},
    }
  }
  const extensions = join(config.dataFolder, 'extensions')
  const server = await timed(observe, 'postgres', () =>
    startPostgres({
      dataFolder: config.dataFolder,
      listen: { host: config.http.host, port: database.port },
      settings: {},
      extensionControlPath: [extensions],
      prepareExtensions: (system) => writeExtensionFolder(extensions, system),
      observe,
    }),
  )
  return {
    connections: server.connections,
    prepared: true,
    url: `postgresql://postgres:${encodeURIComponent(keys.databasePassword)}@${config.http.host}:${server.port}/postgres`,
    close: () => server.stop(),
  }
}

/** Brings the database to what the platform and the project say. Never called in managed mode. */
export async function buildDatabase(config: Config, { connections }: OpenDatabase, observe: Observe) {
  const { keys, auth, mode } = config
  await timed(observe, 'baseline', () =>
    applyBaseline(connections, {
      databasePassword: keys.databasePassword,
      jwtSecret: mode === 'development' ? keys.jwtSecret : undefined,
      jwtExpiry: auth.jwtExpiry,
    }),
  )
  return await applyProject(projectOptions(config, connections, observe))
}

export function projectOptions(config: Config, connections: Connections, observe: Observe): ProjectOptions {
  const { project, db } = config
  return {
    connections,
    root: project.root,
    supabase: project.supabase,
    migrations: db.migrations,
    seed: db.seed,
    observe,
  }
}
