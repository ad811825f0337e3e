import { copyFile, glob, mkdir, readdir, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative } from 'node:path'

const mostBytes = 20 * 1024 * 1024

/**
 * Copies the files that some patterns name into a folder, where they are in the supabase folder.
 *
 * @returns the files, and the folders they are in, whose times tell of files that come and go
 * @throws Error when one is elsewhere, or all are too large together
 */
export async function copyStaticFiles(
  patterns: readonly string[],
  supabase: string,
  target: string,
): Promise<readonly string[]> {
  const copied = new Set<string>()
  let bytes = 0
  for (const pattern of patterns) {
    for await (const file of glob(pattern)) {
      const { isFile, size } = await stat(file).then((stats) => ({ isFile: stats.isFile(), size: stats.size }))
      if (!isFile) continue
      if (!isWithin(supabase, file)) throw new Error(`static_files: ${file} is not in ${supabase}`)
      bytes += size
      if (bytes > mostBytes) throw new Error(`static_files: more than ${mostBytes / 1024 / 1024} MB`)
      const copy = join(target, relative(supabase, file))
      await mkdir(dirname(copy), { recursive: true })
      await copyFile(file, copy)
      copied.add(file).add(dirname(file))
    }
  }
  return [...copied]
}

export function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return !way.startsWith('..') && !isAbsolute(way)
}

/** All files below a folder, by their paths in it. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
}
