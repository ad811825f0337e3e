import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { chmod, readdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Config } from '#config'
import { copyCluster } from '#database'
import { errorMessage, PorticoError } from '#errors'
import type { Observe } from '#observe'
import type { OpenDatabase } from '../database.ts'
import { timed } from '../phases.ts'
import { writeChecksums } from './checksums.ts'
import { beginDraft } from './draft.ts'
import { copyTo, eachOf, filesBelow, syncFolders } from './files.ts'

/** Says of a folder that it is a backup, and of what. */
export const labelName = 'backup.json'

/** What a backup has come to: where it is, how many files and bytes it has. */
export interface BackedUp {
  readonly folder: string
  readonly files: number
  readonly bytes: number
  /** Whether the objects are in it; those on S3 are not. */
  readonly withObjects: boolean
}

/**
 * Copies a project's data, of one moment, into a new folder, while it is used or not: the database, the bytes of objects,
 * deployed functions, secrets and the vault's key. The copy is a data folder again. It has its name only once it is
 * complete and on the disk.
 *
 * @throws PorticoError BAD_USER_INPUT, CONFIG_INVALID, POSTGRES_FAILED
 */
export async function backUp(
  config: Config,
  { connections }: Pick<OpenDatabase, 'connections'>,
  target: string,
  observe: Observe,
): Promise<BackedUp> {
  const folder = resolve(target)
  if (existsSync(folder)) throw refused(folder, 'it is there already')
  const { dataFolder, storage } = config
  await using begun = await beginDraft(folder, 'partial').catch((cause) => {
    throw refused(folder, errorMessage(cause), cause)
  })
  const draft = begun.folder
  const copyAll = async (from: string, folder = '.') =>
    await eachOf(filesBelow(from), async (path) => await copyIfThere(join(from, path), join(draft, folder, path)))
  const withObjects = storage.backend === 'file'
  {
    const { keepBytes } = await import('#storage')
    const root = join(dataFolder, 'storage')
    // The rows first, and the bytes of all that they name after them.
    await using _kept = withObjects ? await keepBytes(root) : undefined
    await timed(observe, 'database', () => copyCluster(connections.for('supabase_admin'), join(draft, 'postgres')))
    const objects = join('storage', 'objects')
    if (withObjects) await timed(observe, 'objects', () => copyAll(join(dataFolder, objects), objects))
  }
  await timed(observe, 'functions and keys', async () => {
    await copyDeployed(join(dataFolder, 'functions', 'bundles'), join(draft, 'functions', 'bundles'))
    await copyKeys(dataFolder, draft)
  })
  const label = { format: 1, madeAt: new Date().toISOString(), objects: withObjects ? 'here' : 'on S3' }
  await writeFile(join(draft, labelName), `${JSON.stringify(label, null, 2)}\n`, { mode: 0o600 })
  const { files, bytes } = await timed(observe, 'checksums', async () => {
    const written = await writeChecksums(draft)
    await syncFolders(draft)
    return written
  })
  await begun.publish().catch((cause: NodeJS.ErrnoException) => {
    const isThere = cause.code === 'ENOTEMPTY' || cause.code === 'EEXIST' || cause.code === 'ENOTDIR'
    throw refused(folder, isThere ? 'another was made there meanwhile' : errorMessage(cause), cause)
  })
  return { folder, files, bytes, withObjects }
}

/** What was deployed is not made again from the sources; `current` first, since the version it names stays. */
async function copyDeployed(bundles: string, target: string): Promise<void> {
  for (const name of await readdir(bundles).catch(() => [])) {
    if (!name.endsWith('.deployed')) continue
    const from = join(bundles, name)
    await copyIfThere(join(from, 'current'), join(target, name, 'current'))
    await eachOf(filesBelow(from), async (path) => {
      if (path !== 'current') await copyIfThere(join(from, path), join(target, name, path))
    })
  }
}

/** Secrets lie in the data folder, keys of the vault beside the cluster, which may be elsewhere. */
async function copyKeys(dataFolder: string, draft: string): Promise<void> {
  const home = dirname(realpathSync(join(dataFolder, 'postgres')))
  const keys = readdirSync(home).filter((name) => /^vault(-[0-9a-f]{8})?\.key$/.test(name))
  for (const source of [join(dataFolder, 'secrets.json'), ...keys.map((name) => join(home, name))]) {
    const target = join(draft, source.slice(dirname(source).length + 1))
    await copyIfThere(source, target)
    if (existsSync(target)) await chmod(target, 0o600)
  }
}

async function copyIfThere(source: string, target: string): Promise<void> {
  await copyTo(source, target).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' || existsSync(source)) throw error
  })
}

function refused(folder: string, why: string, cause?: unknown): PorticoError {
  return new PorticoError('BAD_USER_INPUT', {
    message: `There can be no backup in ${folder}: ${why}. Name a new folder.`,
    details: { folder },
    cause,
  })
}
