import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { errorMessage, isPorticoError, PorticoError } from '#errors'
import type { Observe } from '#observe'
import type { Connections } from '../connections.ts'
import { writeExtensionFolder } from '../extensions/index.ts'
import { clusterExists, configureCluster, createCluster } from './cluster.ts'
import type { HeldFolder } from './held-folder.ts'
import { place } from './placement.ts'
import { takePort } from './port.ts'
import { startPostmaster } from './postmaster.ts'
import { clearEarlierServer } from './postmaster-pid.ts'
import { makeSocketFolder } from './private-folder.ts'
import { supervise } from './supervisor.ts'
import { keepVaultKey } from './vault-key.ts'

/** Where the embedded server keeps its data and listens. */
export interface PostgresOptions {
  /** Held by the caller, so that no two servers ever meet in it. The database lives in its `postgres`. */
  readonly folder: HeldFolder
  /** Where to listen for TCP; port 0 takes any free one. Without it only the unix socket is there. */
  readonly listen?: { readonly host: string; readonly port: number }
  /** The project's `[db.settings]`. */
  readonly settings?: Readonly<Record<string, string>>
  /** The vault's key; a random one, kept with the database, where there is none. */
  readonly rootKey?: string | undefined
  /** Where files go that the user Postgres must run as cannot reach in the data folder (see placement.ts). */
  readonly elsewhere?: string
  /** Called once another process is at work, on the cluster or as the server, and this one would only wait. */
  readonly meanwhile?: () => void
  readonly observe: Observe
}

/** A running embedded server. */
export interface PostgresServer {
  /** Over the unix socket, which needs no password. */
  connections(database?: string): Connections
  readonly socketFolder: string
  /** The file with the vault's key, which only the server reads. */
  readonly vaultKey: string
  /** Of TCP; where there is none, only the socket's name has it. */
  readonly port: number
  readonly host: string | undefined
  /** Of the server's first process; another after a restart. */
  readonly pid: number
  /** Whether the cluster was made by this start. */
  readonly fresh: boolean
  /** Resolves when the server is down for good: undefined after `stop`, the error once it would not start again. */
  readonly exited: Promise<PorticoError | undefined>
  /** Ends the server, within five seconds where it can. */
  stop(): Promise<void>
}

/**
 * Starts the embedded Postgres of a data folder, making its cluster on the first start.
 *
 * @throws PorticoError PLATFORM_UNSUPPORTED, PORT_IN_USE, CONFIG_INVALID, POSTGRES_FAILED
 *
 * @example
 * const folder = holdDataFolder('.portico')
 * const server = await startPostgres({ folder, listen: { host: '127.0.0.1', port: 54322 }, observe })
 * new pg.Pool(server.connections().for('postgres'))
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const { folder, settings = {}, elsewhere = '/var/lib/portico', meanwhile, observe } = options
  const placement = await place(folder.path, elsewhere)
  const { home, cluster, binaries, identity } = placement
  const socketFolder = makeSocketFolder(cluster, identity)
  const extensionFolders = [join(home, 'extensions')]

  try {
    await clearEarlierServer(cluster, socketFolder)
    const listen = options.listen && { host: options.listen.host, port: await takePort(options.listen) }
    const port = listen?.port ?? 5432
    const fresh = !clusterExists(placement)
    if (meanwhile) setImmediate(meanwhile)
    if (fresh) await phase(observe, 'Creating the database', () => createCluster(placement))
    for (const target of extensionFolders) writeExtensionFolder(target, binaries.extensions)
    configureCluster(placement, { listen, socketPort: port, socketFolder, extensionFolders, project: settings })
    const vaultKey = keepVaultKey(placement, options.rootKey)
    const start = async () => {
      await clearEarlierServer(cluster, socketFolder)
      return await startPostmaster(placement, observe)
    }
    const server = await phase(observe, 'Starting Postgres', () => supervise(start, observe))
    return {
      connections: (database = 'postgres') => ({ for: (user) => ({ host: socketFolder, port, user, database }) }),
      socketFolder,
      vaultKey,
      port,
      host: listen?.host,
      get pid() {
        return server.pid
      },
      fresh,
      exited: server.exited,
      stop: async () => {
        await server.stop()
        rmSync(socketFolder, { recursive: true, force: true })
      },
    }
  } catch (error) {
    rmSync(socketFolder, { recursive: true, force: true })
    if (isPorticoError(error)) throw error
    throw new PorticoError('POSTGRES_FAILED', {
      message: `Postgres did not start: ${errorMessage(error)}`,
      cause: error,
    })
  }
}

async function phase<T>(observe: Observe, name: string, work: () => Promise<T>): Promise<T> {
  const since = performance.now()
  observe({ kind: 'phase', name, state: 'begin' })
  try {
    const result = await work()
    observe({ kind: 'phase', name, state: 'end', ms: performance.now() - since })
    return result
  } catch (error) {
    observe({ kind: 'phase', name, state: 'fail', ms: performance.now() - since, error })
    throw error
  }
}
