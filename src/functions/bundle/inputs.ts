import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A cheap sign that some file changed: times and sizes. Synchronous, since a few stats cost less than a trip to a thread. */
export function signatureOf(files: readonly string[]): string {
  return files
    .map((file) => {
      const stats = statSync(file, { throwIfNoEntry: false })
      return stats === undefined ? '-' : `${stats.ino}:${stats.size}:${stats.mtimeMs}:${stats.ctimeMs}`
    })
    .join()
}

/** The files' contents in 16 hexadecimal digits, the same on every machine and after every checkout. */
export async function digestOf(files: readonly string[], ...more: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const part of more) hash.update(`${part}\0`)
  for (const file of files) {
    hash.update(`${file}\0`)
    hash.update(await readFile(file).catch(() => 'absent'))
  }
  return hash.digest('hex').slice(0, 16)
}

/**
 * Everything below some folders, and the folders, whose times tell of files that come and go; but no installed
 * packages. What may have to change before a broken function builds.
 */
export async function pathsBelow(folders: readonly string[]): Promise<string[]> {
  const paths = [...folders]
  for (const folder of folders) {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
    for (const entry of entries) {
      const path = join(folder, entry.name)
      if (!entry.isDirectory()) paths.push(path)
      else if (entry.name !== 'node_modules' && !entry.name.startsWith('.')) paths.push(...(await pathsBelow([path])))
    }
  }
  return paths
}
