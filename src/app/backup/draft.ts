import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type FileLock, lockFile } from '#database'
import { syncFolders } from './files.ts'

/** Which drafts are meant: those of a backup, or of what is restored. */
export type DraftKind = 'partial' | 'restoring'

/** A folder that is being made, and takes its name only once it is complete. */
export interface Draft extends AsyncDisposable {
  readonly folder: string
  /** Gives it its name, which nothing but an empty folder may have, and sees to it that it is on the disk. */
  publish(): Promise<void>
}

/** The file in a draft by which its maker holds it. It is no part of what is made. */
export const draftMark = '.draft.lock'

/**
 * Begins a folder beside the one that it becomes, removed again unless it is published. Each maker has one of its own;
 * those whose maker is gone are removed, and nothing else is.
 */
export async function beginDraft(target: string, kind: DraftKind): Promise<Draft> {
  await mkdir(dirname(target), { recursive: true, mode: 0o700 })
  await removeAbandoned(target, kind)
  const unnamed = await mkdtemp(`${target}.new-`)
  const lock = lockFile(join(unnamed, draftMark))
  // Under a name that others look for only from here on, when it is held.
  const folder = `${target}.${kind}-${unnamed.slice(-suffixLength)}`
  await rename(unnamed, folder)
  let published = false
  return {
    folder,
    async publish() {
      await rename(folder, target)
      published = true
      await rm(join(target, draftMark))
      await syncFolders(target)
    },
    async [Symbol.asyncDispose]() {
      if (!published) await rm(folder, { recursive: true, force: true })
      lock?.release()
    },
  }
}

/** Characters that {@link mkdtemp} adds. */
const suffixLength = 6

async function removeAbandoned(target: string, kind: DraftKind): Promise<void> {
  const [parent, start] = [dirname(target), `${basename(target)}.${kind}-`]
  for (const name of await readdir(parent)) {
    if (!name.startsWith(start) || name.length !== start.length + suffixLength) continue
    const lock = takeAbandoned(join(parent, name, draftMark))
    if (!lock) continue
    await rm(join(parent, name), { recursive: true, force: true })
    lock.release()
  }
}

/** Undefined where somebody holds it, and where it is none of ours. */
function takeAbandoned(mark: string): FileLock | undefined {
  try {
    return existsSync(mark) ? lockFile(mark) : undefined
  } catch {
    return undefined
  }
}
