import { lstat, opendir, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const intervalMs = 500
/** How many times as long as a look took it waits for the next: many files must not keep Portico busy. */
const restraint = 4
/** What a file takes at least: one that is empty is no gift either. */
const leastBytes = 4_096

/**
 * Tells, once, when the files of a process take more than they may: those below its folder, and those that it has open and
 * that are below none any more. Looked at from outside, twice a second: the process that writes them can do so in many ways.
 *
 * @returns ends it
 */
export function watchFiles(
  { pid, scratch }: { readonly pid: number; readonly scratch: string },
  mostBytes: number,
  exceeded: () => void,
): () => void {
  const over = new AbortController()
  void (async () => {
    for (let patience = intervalMs; ; ) {
      await delay(patience, undefined, { signal: over.signal, ref: false })
      const since = performance.now()
      const left = await leftOfRemoved(await leftBelow(mostBytes, scratch), pid)
      if (left < 0) break
      patience = Math.max(intervalMs, (performance.now() - since) * restraint)
    }
    if (!over.signal.aborted) exceeded()
  })().catch(() => {})
  return () => over.abort()
}

/** What is left of some bytes; of no interest how much, once it is less than none. */
async function leftBelow(bytes: number, folder: string): Promise<number> {
  let left = bytes
  const entries = await readdir(folder, { withFileTypes: true }).catch(hidden)
  if (entries === undefined) return -1
  for (const entry of entries) {
    const path = join(folder, entry.name)
    const found = entry.isDirectory() ? [] : await lstat(path).catch(hidden)
    if (found === undefined) return -1
    left -= Math.max('blocks' in found ? found.blocks * 512 : 0, leastBytes)
    if (entry.isDirectory()) left = await leftBelow(left, path)
    if (left < 0) return left
  }
  return left
}

/**
 * Nothing, where it is gone meanwhile; undefined where a function has put it out of sight, below more folders than a path can
 * name or in one that nobody may read: what it has there, nobody knows.
 */
function hidden(error: NodeJS.ErrnoException): [] | undefined {
  return error.code === 'ENAMETOOLONG' || error.code === 'EACCES' ? undefined : []
}

/** The same, less the files that a process has removed and goes on writing. Linux tells of them. */
async function leftOfRemoved(bytes: number, pid: number): Promise<number> {
  let left = bytes
  const files = `/proc/${pid}/fd`
  try {
    for await (const { name } of await opendir(files)) {
      if (left < 0) return left
      const file = await stat(join(files, name)).catch(() => undefined)
      if (file?.isFile() && file.nlink === 0) left -= file.blocks * 512
    }
  } catch {
    // It has ended, or this is no Linux.
  }
  return left
}
