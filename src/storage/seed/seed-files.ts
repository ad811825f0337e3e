import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, join, relative, sep } from 'node:path'
import { getMimeType } from 'hono/utils/mime'
import { serviceCaller } from '../database/index.ts'
import { findContents, type IncomingFile, uploadObject } from '../objects/index.ts'
import type { Stores } from '../stores.ts'
import { seedFailed } from './seed-failed.ts'
import { sideBySide } from './side-by-side.ts'

/** Each waits mostly for the disk, and holds a connection at times. */
const filesAtOnce = 8

const asker = { caller: serviceCaller, request: undefined, operation: 'storage.object.upload' }

/** Uploads the files at or below a path that the bucket lacks or holds with other content. */
export async function seedFiles(
  stores: Stores,
  bucket: string,
  path: string,
  allowedMimeTypes: readonly string[],
  projectLimit: number,
): Promise<void> {
  const files = await filesOf(bucket, path)
  const names = files.map(({ name }) => name)
  const stored = await findContents(stores.database.asService(), bucket, names)

  await sideBySide(files, filesAtOnce, async (file) => {
    const type = getMimeType(file.path) ?? 'application/octet-stream'
    // A bucket's list names types without parameters, and compares exactly.
    const mimeType = allowedMimeTypes.length > 0 ? type.replace(/;.*/, '') : type
    const known = stored.get(file.name)
    try {
      if (known?.mimetype === mimeType && known.eTag === `"${await md5Of(file.path)}"`) return
      await uploadObject(stores, {
        address: { bucket, name: file.name },
        asker,
        owner: undefined,
        overwrite: true,
        projectLimit,
        receive: () => fileToUpload(file.path, mimeType),
      })
    } catch (cause) {
      throw seedFailed(bucket, file.path, cause)
    }
  })
}

async function md5Of(path: string): Promise<string> {
  const hash = createHash('md5')
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  return hash.digest('hex')
}

async function fileToUpload(path: string, mimeType: string): Promise<IncomingFile> {
  const { size } = await stat(path)
  const body = createReadStream(path)
  return {
    body,
    mimeType,
    cacheControl: 'max-age=3600',
    size,
    requestSize: size,
    userMetadata: undefined,
    complete: () => Promise.resolve(),
    discard: () => body.destroy(),
  }
}

/** The file itself, or all regular files below a folder, in the order of their names. */
async function filesOf(bucket: string, path: string): Promise<{ path: string; name: string }[]> {
  try {
    if ((await stat(path)).isFile()) return [{ path, name: basename(path) }]
    const entries = await readdir(path, { recursive: true, withFileTypes: true })
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((file) => ({ path: file, name: relative(path, file).split(sep).join('/') }))
  } catch (cause) {
    throw seedFailed(bucket, path, cause)
  }
}
