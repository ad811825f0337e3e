import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  administeredConnections,
  applyPlatform,
  attachmentOf,
  buildDatabase,
  managedConnections,
  type OpenDatabase,
  openDatabase,
} from '#app'
import { type Config, loadConfig } from '#config'
import { type Connections, type Holder, holdDataFolder, isSupabaseElsewhere, readHolder } from '#database'
import { PorticoError } from '#errors'
import { type Observe, silent } from '#observe'
import { dataFolderOf } from '../data-folder.ts'
import type { DatabaseOptions } from '../options.ts'

/** The database of a project while a command works on it. */
export interface ProjectDatabase {
  readonly config: Config
  readonly database: OpenDatabase
  /** Set when a backend runs on it. */
  readonly holder: Holder | undefined
}

export interface OpenOptions {
  /**
   * What must be there when no backend runs: `built`, all that a start makes of the project; `present`, the same, unless
   * there is a database already, which is taken as it is; `platform`, the baseline without the project's SQL; `bare`,
   * whatever is there.
   */
  readonly state: 'built' | 'present' | 'platform' | 'bare'
  /** Nothing is changed but to build what is the project's own: a Supabase elsewhere may be read, too. */
  readonly reads?: boolean
  /** On an embedded server that is made for this and thrown away behind it. */
  readonly ephemeral?: boolean
  readonly observe?: Observe
}

/**
 * Lends a command the project's database: that of the backend which runs on the data folder, the one of `--db-url`, or
 * else the embedded server, started for this command alone and without a port.
 */
export async function withProjectDatabase<T>(
  options: DatabaseOptions,
  { state, reads = false, ephemeral = false, observe = silent }: OpenOptions,
  work: (opened: ProjectDatabase) => Promise<T>,
): Promise<T> {
  const holder = ephemeral ? undefined : readHolder(dataFolderOf(options))
  if (holder && options.dbUrl === undefined) return await onRunning(options, holder, work)

  const { data, ...rest } = options
  const env = options.dbUrl === undefined ? process.env : { ...process.env, SUPABASE_URL: undefined }
  const config = await loadConfig({ ...rest, ...(ephemeral ? { ephemeral } : { data }), env })
  if (config.managed && !reads) throw notOurs()
  await using opened = new AsyncDisposableStack()
  if (config.ephemeral) opened.defer(() => rm(config.dataFolder, { recursive: true, force: true }))
  const external = config.database.kind === 'external'
  const folder = external ? undefined : opened.adopt(holdDataFolder(config.dataFolder), (held) => held.release())
  const isThere = external || existsSync(join(config.dataFolder, 'postgres'))
  const database = opened.adopt(await openDatabase(config, folder, observe, { door: 'socket' }), (database) =>
    database.close(),
  )
  if (reads && external && (config.managed || (await isSupabaseElsewhere(database.connections)))) {
    const connections = managedConnections(config.database.url)
    return await work({ config, database: { ...database, connections }, holder: undefined })
  }
  if (state === 'built' || (state === 'present' && !isThere)) await buildDatabase(config, database, observe)
  else if (state === 'platform') await applyPlatform(config, database)
  return await work({ config, database, holder: undefined })
}

async function onRunning<T>(
  options: DatabaseOptions,
  holder: Holder,
  work: (opened: ProjectDatabase) => Promise<T>,
): Promise<T> {
  const attachment = attachmentOf(holder)
  if (!attachment) {
    throw new PorticoError('DATA_FOLDER_BUSY', {
      message: `Process ${holder.pid} is still starting, or works on this data folder for another command. Try again.`,
    })
  }
  const { options: startedWith, socket } = attachment
  const config = await loadConfig({ ...options, ...startedWith, env: process.env })
  const connections: Connections = socket
    ? { for: (user) => ({ ...socket, user, database: 'postgres' }) }
    : administeredConnections(startedWith.dbUrl ?? '', config.keys.databasePassword)
  const database = {
    connections,
    prepared: true,
    url: holder.facts.DB_URL,
    failed: new Promise<never>(() => {}),
    close: async () => {},
  }
  return await work({ config, database, holder })
}

function notOurs(): PorticoError {
  return new PorticoError('CONFIG_INVALID', {
    message:
      'SUPABASE_URL and DATABASE_URL ask for managed mode, in which Portico leaves the database alone. ' +
      'Unset them to work on the embedded one, or name another one with --db-url.',
  })
}
