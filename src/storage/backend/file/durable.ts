import { mkdir, rename, rmdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncFolder } from '#disk'

/** Creates a folder and those above it, durably. */
async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 })
  if (first === undefined) return
  for (let made = folder; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made))
}

/**
 * Runs a step that needs a folder to be there; a removal beside it may take away a folder that is still empty, so
 * the step is tried again.
 */
export async function inFolder<T>(folder: string, step: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      await makeFolder(folder)
      const done = await step()
      await syncFolder(folder)
      return done
    } catch (error) {
      if (!isMissing(error) || attempt === 10) throw error
    }
  }
}

/** Moves a finished file to its place. */
export function place(file: string, target: string): Promise<void> {
  return inFolder(dirname(target), () => rename(file, target))
}

/** Removes empty folders upwards until one is not empty or `end` is reached. */
export async function pruneFolders(folder: string, end: string): Promise<void> {
  for (let empty = folder; empty !== end && empty.startsWith(end); empty = dirname(empty)) {
    try {
      await rmdir(empty)
    } catch {
      return
    }
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
