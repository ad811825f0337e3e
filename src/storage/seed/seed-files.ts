import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, join, relative, sep } from 'node:path'
import { getMimeType } from 'hono/utils/mime'
import { findBucket } from '../buckets/index.ts'
import { findContents } from '../objects/index.ts'
import type { Stores } from '../stores.ts'
import { seedFailed } from './seed-failed.ts'
import { sideBySide } from './side-by-side.ts'
import { type SeedFile, uploadFiles } from './upload-files.ts'

/** Files whose rows are written at once. */
const batch = 100

/** Uploads the files at or below a path that the bucket lacks or holds with other content. */
export async function seedFiles(stores: Stores, id: string, path: string, projectLimit: number): Promise<void> {
  const service = stores.database.asService()
  const bucket = await findBucket(service, id)
  // A bucket's list names types without parameters, and compares exactly.
  const typeOf = (file: string) => {
    const type = getMimeType(file) ?? 'application/octet-stream'
    return bucket.allowed_mime_types ? type.replace(/;.*/, '') : type
  }
  const files = (await filesOf(id, path)).map((file) => ({ ...file, mimeType: typeOf(file.path) }))
  const names = files.map(({ name }) => name)
  const stored = await findContents(service, id, names)

  const changed = new Set(files)
  await sideBySide(files, 8, async (file) => {
    const known = stored.get(file.name)
    if (known?.mimetype !== file.mimeType) return
    if (known.eTag === `"${await md5Of(id, file.path)}"`) changed.delete(file)
  })
  const left = [...changed]
  while (left.length > 0) await uploadFiles(stores, bucket, left.splice(0, batch), projectLimit)
}

async function md5Of(bucket: string, path: string): Promise<string> {
  try {
    const hash = createHash('md5')
    for await (const chunk of createReadStream(path)) hash.update(chunk)
    return hash.digest('hex')
  } catch (cause) {
    throw seedFailed(bucket, path, cause)
  }
}

/** The file itself, or all regular files below a folder, in the order of their names. */
async function filesOf(bucket: string, path: string): Promise<Omit<SeedFile, 'mimeType'>[]> {
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
