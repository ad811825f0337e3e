import { constants, copyFile, link, open, readdir, rm, stat } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import type { Backend, ObjectKey } from '../backend.ts'
import { inFolder, isMissing, place, pruneFolders } from './durable.ts'
import { fileParts } from './file-parts.ts'
import { fileResumable } from './file-resumable.ts'
import { areKept } from './kept-bytes.ts'
import { keyOfPath, keyPath } from './key-path.ts'
import { openFile } from './open-file.ts'
import { writeNew } from './write-new.ts'

/**
 * Keeps objects in a folder: finished ones below `objects`, those being written in `incoming`, what is gathered of
 * uploads in parts and of resumable ones in folders of their own.
 */
export function createFileBackend(root: string): Backend {
  const objects = join(root, 'objects')
  const incoming = join(root, 'incoming')
  const gathered = { parts: join(root, 'parts'), resumable: join(root, 'resumable') }
  const pathOf = (key: ObjectKey) => join(objects, keyPath(key))

  return {
    parts: fileParts(gathered.parts, incoming, pathOf),

    resumable: (expiration) => fileResumable(gathered.resumable, expiration, pathOf),

    async put(key, body) {
      const temporary = join(incoming, key.version)
      try {
        const stored = await writeNew(temporary, body)
        await place(temporary, pathOf(key))
        return stored
      } catch (error) {
        await rm(temporary, { force: true })
        throw error
      }
    },

    open: async (key) => openFile(pathOf(key)),

    async copy(from, to) {
      const [source, target] = [pathOf(from), pathOf(to)]
      if (!(await exists(source))) return false
      try {
        await inFolder(dirname(target), () => linkOrCopy(source, target, join(incoming, to.version)))
        return true
      } catch (error) {
        if (isMissing(error)) return false
        throw error
      }
    },

    async remove(keys) {
      if (await areKept(root)) return
      for (const key of keys) {
        const path = pathOf(key)
        await rm(path, { force: true })
        await pruneFolders(dirname(path), objects)
      }
    },

    async *list(before) {
      for await (const path of filesBelow(objects)) {
        const key = keyOfPath(relative(objects, path))
        if (key && (await touchedBefore(path, before))) yield key
      }
    },

    async discardInterrupted(before, gatheredBefore) {
      const plain = await discardBelow(incoming, before)
      const parts = await discardUploads(gathered.parts, gatheredBefore)
      return plain + parts + (await discardBelow(gathered.resumable, gatheredBefore))
    },
  }
}

/** A version never changes, so a second name for the same bytes is a copy; where links cannot be had, it is made. */
async function linkOrCopy(source: string, target: string, temporary: string): Promise<void> {
  try {
    await link(source, target)
  } catch (error) {
    if (isMissing(error)) throw error
    try {
      await copyFile(source, temporary, constants.COPYFILE_FICLONE)
      const copy = await open(temporary, 'r+')
      await copy.sync()
      await copy.close()
      await place(temporary, target)
    } catch (failure) {
      await rm(temporary, { force: true })
      throw failure
    }
  }
}

async function discardBelow(folder: string, before: Date): Promise<number> {
  let count = 0
  for await (const path of filesBelow(folder)) {
    if (!(await touchedBefore(path, before))) continue
    await rm(path, { force: true })
    count++
  }
  return count
}

/** Removes the folders of uploads in parts that no part has come to since. */
async function discardUploads(folder: string, before: Date): Promise<number> {
  let count = 0
  for (const { name } of await entriesOf(folder)) {
    if (!(await touchedBefore(join(folder, name), before))) continue
    await rm(join(folder, name), { recursive: true, force: true })
    count++
  }
  return count
}

async function* filesBelow(folder: string): AsyncIterable<string> {
  for (const entry of await entriesOf(folder)) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* filesBelow(path)
    else yield path
  }
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

/** By the time of the last change of the entry, which a link renews as a write does. */
async function touchedBefore(path: string, time: Date): Promise<boolean> {
  try {
    return (await stat(path)).ctime < time
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}
