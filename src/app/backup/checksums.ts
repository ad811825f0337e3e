import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { isAbsolute, join, normalize } from 'node:path'
import { writeDurably } from '#disk'
import { PorticoError } from '#errors'
import { draftMark } from './draft.ts'
import { eachOf, filesBelow } from './files.ts'

/** The list of a backup's files as `sha256sum -c` reads it. It lists all but itself. */
const listName = 'files.sha256'

/** Sees to it that each file is on the disk, and writes their sums down. Answers how many there are, and their bytes. */
export async function writeChecksums(root: string): Promise<{ files: number; bytes: number }> {
  const lines: string[] = []
  let bytes = 0
  await eachOf(filesBelow(root), async (path) => {
    if (path === draftMark) return
    const { sum, size } = await durableSum(join(root, path))
    bytes += size
    lines.push(`${sum}  ${path}\n`)
  })
  const list = lines.sort((a, b) => (a.slice(64) < b.slice(64) ? -1 : 1)).join('')
  await writeDurably(join(root, listName), list)
  return { files: lines.length, bytes }
}

/**
 * What a backup has, by path.
 *
 * @throws PorticoError BAD_USER_INPUT where it is no backup, or has files that it does not list: a list may be cut off
 */
export async function readChecksums(root: string): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(join(root, listName), 'utf8').catch(() => undefined)
  if (text === undefined) throw noBackup(root, `it has no ${listName}, with which a backup is complete`)
  const sums = new Map(
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [, sum, path] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? []
        const strays = path === undefined || isAbsolute(path) || normalize(path).startsWith('..')
        if (strays || sum === undefined) throw noBackup(root, `its ${listName} is damaged`)
        return [path, sum] as const
      }),
  )
  for await (const path of filesBelow(root)) {
    if (path !== listName && path !== draftMark && !sums.has(path))
      throw noBackup(root, `its ${listName} lacks ${path}`)
  }
  return sums
}

/** The sum of a file, which is on the disk by then. */
export async function durableSum(path: string): Promise<{ sum: string; size: number }> {
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of createReadStream(path)) {
    hash.update(chunk as Buffer)
    size += (chunk as Buffer).length
  }
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
  return { sum: hash.digest('hex'), size }
}

export function noBackup(folder: string, why: string): PorticoError {
  return new PorticoError('BAD_USER_INPUT', { message: `${folder} cannot be restored: ${why}.`, details: { folder } })
}
