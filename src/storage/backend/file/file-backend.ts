import { createHash } from 'node:crypto'
import { constants, copyFile, type FileHandle, link, mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import type { Backend, ObjectKey, StoredBytes } from '../backend.ts'
import { inFolder, isMissing, place, pruneFolders } from './durable.ts'
import { keyOfPath, keyPath } from './key-path.ts'
import { openFile } from './open-file.ts'

/** Keeps objects in a folder: finished ones below `objects`, those being written in `incoming`. */
export function createFileBackend(root: string): Backend {
  const objects = join(root, 'objects')
  const incoming = join(root, 'incoming')
  const pathOf = (key: ObjectKey) => join(objects, keyPath(key))

  return {
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

    open: (key) => openFile(pathOf(key)),

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

    async discardInterrupted(before) {
      let count = 0
      for await (const path of filesBelow(incoming)) {
        if (!(await touchedBefore(path, before))) continue
        await rm(path, { force: true })
        count++
      }
      return count
    },
  }
}

/** Writes a new file and makes its content durable; its name is not yet. */
async function writeNew(path: string, body: AsyncIterable<Uint8Array>): Promise<StoredBytes> {
  const file = await openNew(path)
  try {
    const hash = createHash('md5')
    let size = 0
    for await (const chunk of body) {
      hash.update(chunk)
      size += chunk.length
      for (let at = 0; at < chunk.length; ) at += (await file.write(chunk, at)).bytesWritten
    }
    await file.sync()
    return { size, eTag: `"${hash.digest('hex')}"`, lastModified: new Date() }
  } finally {
    await file.close()
  }
}

async function openNew(path: string): Promise<FileHandle> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  return await open(path, 'wx', 0o600)
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

async function* filesBelow(folder: string): AsyncIterable<string> {
  let entries: Awaited<ReturnType<typeof entriesOf>>
  try {
    entries = await entriesOf(folder)
  } catch (error) {
    if (isMissing(error)) return
    throw error
  }
  for (const entry of entries) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* filesBelow(path)
    else yield path
  }
}

const entriesOf = (folder: string) => readdir(folder, { withFileTypes: true })

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
