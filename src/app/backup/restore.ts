import { chmod, mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { errorMessage, PorticoError } from '#errors'
import type { Observe } from '#observe'
import { timed } from '../phases.ts'
import { labelName } from './back-up.ts'
import { durableSum, noBackup, readChecksums } from './checksums.ts'
import { beginDraft } from './draft.ts'
import { copyTo, eachOf, foldersBelow, syncFolders } from './files.ts'

/**
 * Makes a data folder of a backup, after each of its files was compared with its sum. There is the whole folder at the end,
 * or none.
 *
 * @throws PorticoError BAD_USER_INPUT where it is no backup, or a damaged one, or the data folder is there already
 */
export async function restore(backup: string, dataFolder: string, observe: Observe): Promise<void> {
  const from = resolve(backup)
  const sums = await readChecksums(from)
  await checkLabel(from)
  if ((await readdir(dataFolder).catch(() => [])).length > 0) throw taken(dataFolder)
  await using begun = await beginDraft(dataFolder, 'restoring').catch((cause) => {
    throw unmade(dataFolder, cause)
  })
  const draft = begun.folder
  await timed(observe, 'files', async () => {
    // Postgres needs its empty ones.
    for await (const folder of foldersBelow(from)) await mkdir(join(draft, folder), { recursive: true, mode: 0o700 })
    await eachOf(sums, async ([path, sum]) => await restoreFile(from, draft, path, sum))
  })
  await rm(join(draft, labelName), { force: true })
  await syncFolders(draft)
  await begun.publish().catch((cause) => {
    throw unmade(dataFolder, cause)
  })
}

async function checkLabel(backup: string): Promise<void> {
  const text = await readFile(join(backup, labelName), 'utf8').catch(() => '{}')
  const { format } = labelOf(backup, text)
  if (format !== 1) throw noBackup(backup, 'it was made by a newer Portico. Use that version or a new one')
}

function labelOf(backup: string, text: string): { readonly format?: unknown } {
  try {
    return JSON.parse(text) as { readonly format?: unknown }
  } catch {
    throw noBackup(backup, `${labelName} is damaged`)
  }
}

async function restoreFile(from: string, draft: string, path: string, sum: string): Promise<void> {
  const target = join(draft, path)
  await copyTo(join(from, path), target).catch((cause) => {
    throw noBackup(from, `${path} cannot be read: ${errorMessage(cause)}`)
  })
  await chmod(target, 0o600)
  if ((await durableSum(target)).sum !== sum) throw noBackup(from, `${path} is damaged`)
}

function unmade(dataFolder: string, cause: unknown): PorticoError {
  return new PorticoError('BAD_USER_INPUT', {
    message: `The data folder ${dataFolder} cannot be made: ${errorMessage(cause)}. Where it is a mount, give --data a folder within it.`,
    cause,
  })
}

function taken(folder: string): PorticoError {
  return new PorticoError('BAD_USER_INPUT', {
    message: `The data folder ${folder} is not empty. Move it away first: mv ${folder} ${folder}.before`,
    details: { folder },
  })
}
