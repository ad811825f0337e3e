import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'

const intervalMs = 500
/** What a file takes at least: one that is empty is no gift either. */
const leastBytes = 4_096

/**
 * Tells, once, when the files below a folder take more than they may. Looked at from outside, twice a second: the process that
 * writes them can do so in many ways.
 *
 * @returns ends it
 */
export function watchFiles(folder: string, mostBytes: number, exceeded: () => void): () => void {
  let isLooking = false
  const timer = setInterval(async () => {
    if (isLooking) return
    isLooking = true
    const left = await leftOf(mostBytes, folder)
    isLooking = false
    if (left >= 0) return
    clearInterval(timer)
    exceeded()
  }, intervalMs)
  timer.unref()
  return () => clearInterval(timer)
}

/** What is left of some bytes; of no interest how much, once it is less than none. */
async function leftOf(bytes: number, folder: string): Promise<number> {
  let left = bytes
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  for (const entry of entries) {
    const path = join(folder, entry.name)
    const taken = entry.isDirectory()
      ? 0
      : await lstat(path).then(
          ({ blocks }) => blocks * 512,
          () => 0,
        )
    left -= Math.max(taken, leastBytes)
    if (entry.isDirectory()) left = await leftOf(left, path)
    if (left < 0) return left
  }
  return left
}
