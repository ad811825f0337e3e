import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Milliseconds after which a mark that nobody renews is a dead process'. */
const life = 60_000
const renewal = 5_000

const marksIn = (root: string) => join(root, 'kept')

/**
 * While it is held no process removes bytes of objects from this folder, so that a copy which begins with the rows has the
 * bytes of each. What should have gone meanwhile is an orphan, and the next sweep's.
 *
 * @param root the folder of a file backend
 */
export async function keepBytes(root: string): Promise<AsyncDisposable> {
  const mark = join(marksIn(root), randomUUID())
  await mkdir(marksIn(root), { recursive: true, mode: 0o700 })
  await writeFile(mark, '')
  const renewing = setInterval(() => {
    const now = new Date()
    void utimes(mark, now, now).catch(() => {})
  }, renewal)
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(renewing)
      await rm(mark, { force: true })
    },
  }
}

/** Whether somebody wants removed bytes kept for now. */
export async function areKept(root: string): Promise<boolean> {
  const marks = await readdir(marksIn(root)).catch(() => [])
  for (const name of marks) {
    const mark = join(marksIn(root), name)
    const found = await stat(mark).catch(() => undefined)
    if (!found) continue
    if (Date.now() - found.mtimeMs < life) return true
    await rm(mark, { force: true })
  }
  return false
}
