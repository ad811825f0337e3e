import { createHash } from 'node:crypto'
import { link, mkdir, open, rename, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type ObjectKey, type Resumable, type StoredBytes, settledMark, versionPattern } from '../backend.ts'
import { inFolder } from './durable.ts'

/** Gathers resumable uploads in files of a folder, each named after the version it will be. */
export async function fileResumable(
  folder: string,
  expiration: number,
  pathOf: (key: ObjectKey) => string,
): Promise<Resumable> {
  const { FileStore } = await import('@tus/file-store')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const store = new FileStore({ directory: folder, expirationPeriodInMilliseconds: expiration })

  return {
    store,
    idOf: (key) => key.version,
    versionOf: (id) => (versionPattern.test(id) ? id : undefined),
    async finish(id, key) {
      const stored = await syncedContent(join(folder, id))
      const target = pathOf(key)
      await inFolder(dirname(target), () => linkUnlessThere(join(folder, id), target))
      return stored
    },
    async settle(id) {
      const upload = await store.getUpload(id)
      // The store tells a client how far it came by the size of the file; one with a hole takes no room.
      const hole = join(folder, `${id}.settled`)
      await writeFile(hole, '', { mode: 0o600 })
      await truncate(hole, upload.size ?? 0)
      await store.configstore.set(
        id,
        Object.assign(upload, { metadata: { ...upload.metadata, [settledMark]: 'true' } }),
      )
      await rename(hole, join(folder, id))
    },
  }
}

async function syncedContent(path: string): Promise<StoredBytes> {
  const file = await open(path, 'r+')
  try {
    await file.sync()
    const hash = createHash('md5')
    let size = 0
    for await (const chunk of file.createReadStream({ autoClose: false, start: 0, highWaterMark: 256 * 1024 })) {
      hash.update(chunk)
      size += chunk.length
    }
    return { size, eTag: `"${hash.digest('hex')}"`, lastModified: new Date() }
  } finally {
    await file.close()
  }
}

async function linkUnlessThere(source: string, target: string): Promise<void> {
  try {
    await link(source, target)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}
