import { chmodSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/** A lock that is this process' until it is released or the process ends, however it ends. */
export interface FileLock {
  release(): void
}

/** Milliseconds: longer than anyone's look at who holds it. */
const patience = 250

/** Takes the lock that a file stands for, which is made if it is missing; undefined while somebody else has it. */
export function lockFile(file: string): FileLock | undefined {
  const lock = open(file, 'exclusive')
  if (!lock) return undefined
  chmodSync(file, 0o600)
  return { release: () => lock.close() }
}

export function isLocked(file: string): boolean {
  const free = open(file, 'deferred')
  free?.close()
  return !free
}

/** SQLite's lock is the kernel's. */
function open(file: string, kind: 'exclusive' | 'deferred'): DatabaseSync | undefined {
  const lock = new DatabaseSync(file, { timeout: kind === 'exclusive' ? patience : 0 })
  try {
    lock.exec(`pragma journal_mode = memory; begin ${kind}; select count(*) from sqlite_schema`)
    return lock
  } catch (error) {
    lock.close()
    if (error instanceof Error && 'errcode' in error && error.errcode === 5) return undefined
    throw error
  }
}
