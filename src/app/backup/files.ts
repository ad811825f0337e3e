import { constants, copyFile, mkdir, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { syncFolder } from '#disk'

/** How many files are in work at once. */
const abreast = 8

/** The files below a folder by their paths in it; none where it is not there. */
export async function* filesBelow(root: string, folder = '.'): AsyncIterable<string> {
  for (const entry of await readdir(join(root, folder), { withFileTypes: true }).catch(none)) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* filesBelow(root, path)
    else if (entry.isFile()) yield path
  }
}

/** The folders below a folder, each before those within it. */
export async function* foldersBelow(root: string, folder = '.'): AsyncIterable<string> {
  for (const entry of await readdir(join(root, folder), { withFileTypes: true }).catch(none)) {
    if (!entry.isDirectory()) continue
    const path = join(folder, entry.name)
    yield path
    yield* foldersBelow(root, path)
  }
}

function none(error: NodeJS.ErrnoException): [] {
  if (error.code === 'ENOENT') return []
  throw error
}

/** Does something with each of many, a few at once. After a failure no more are begun, and none is under way any more. */
export async function eachOf<T>(many: AsyncIterable<T> | Iterable<T>, work: (one: T) => Promise<void>): Promise<void> {
  const rest = (async function* () {
    yield* many
  })()
  const workers = Array.from({ length: abreast }, async () => {
    for await (const one of rest) await work(one)
  })
  for (const result of await Promise.allSettled(workers)) if (result.status === 'rejected') throw result.reason
}

/** Copies a file, and makes the folders above it; the blocks are shared where the file system can. */
export async function copyTo(source: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true, mode: 0o700 })
  await copyFile(source, target, constants.COPYFILE_FICLONE)
}

/** Makes the names in a folder and in all below it survive a power cut. */
export async function syncFolders(root: string): Promise<void> {
  await eachOf(foldersBelow(root), async (folder) => await syncFolder(join(root, folder)))
  await syncFolder(root)
  await syncFolder(dirname(root))
}
