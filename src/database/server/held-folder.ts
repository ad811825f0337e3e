import {
  accessSync,
  constants,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { errorMessage, PorticoError } from '#errors'
import { type FileLock, isLocked, lockFile } from './file-lock.ts'

/** What others may know of a running Portico: `API_URL`, `DB_URL`, keys … The file is the owner's alone. */
export type HolderFacts = Readonly<Record<string, string>>

export interface Holder {
  readonly pid: number
  /** ISO 8601. */
  readonly since: string
  readonly facts: HolderFacts
}

/** A data folder that belongs to this process until it is released or the process ends, however it ends. */
export interface HeldFolder {
  /** Absolute, without symbolic links. */
  readonly path: string
  /** Replaces the facts that {@link readHolder} gives, at once or not at all. */
  publish(facts: HolderFacts): void
  release(): void
}

/**
 * Takes a data folder for this process; made (0700) if it is missing.
 *
 * The lock is SQLite's on the file `lock`, that is the kernel's: of two that start at once one gets it, and it is gone
 * with its process, so neither `kill -9` nor a reused process id can fake or block it.
 *
 * @throws PorticoError DATA_FOLDER_BUSY naming who holds it, CONFIG_INVALID if it cannot be written to.
 */
export function holdDataFolder(dataFolder: string, facts: HolderFacts = {}): HeldFolder {
  const { path, lock } = lockFolder(dataFolder)
  if (!lock) throw busy(path)

  const since = new Date().toISOString()
  const publish = (latest: HolderFacts) => {
    const holder: Holder = { pid: process.pid, since, facts: latest }
    const draft = `${stateFile(path)}.new`
    writeFileSync(draft, `${JSON.stringify(holder, null, 2)}\n`, { mode: 0o600 })
    renameSync(draft, stateFile(path))
  }
  try {
    publish(facts)
  } catch (cause) {
    lock.release()
    throw unusable(dataFolder, cause)
  }
  const release = () => {
    rmSync(stateFile(path), { force: true })
    lock.release()
  }
  return { path, publish, release }
}

function lockFolder(dataFolder: string): { path: string; lock: FileLock | undefined } {
  try {
    mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
    accessSync(dataFolder, constants.W_OK | constants.X_OK)
    const path = realpathSync(dataFolder)
    return { path, lock: lockFile(join(path, 'lock')) }
  } catch (cause) {
    throw unusable(dataFolder, cause)
  }
}

function unusable(folder: string, cause: unknown): PorticoError {
  const isFull = cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC'
  const way = isFull ? 'Make room on its disk' : 'Give --data a folder of your own'
  return new PorticoError('CONFIG_INVALID', {
    message: `The data folder ${folder} cannot be used: ${errorMessage(cause)}. ${way}.`,
    details: { key: '--data', folder },
    cause,
  })
}

/** Who holds a data folder now; undefined if nobody does. */
export function readHolder(dataFolder: string): Holder | undefined {
  try {
    const holder = JSON.parse(readFileSync(stateFile(dataFolder), 'utf8')) as Holder
    return isLocked(join(dataFolder, 'lock')) ? holder : undefined
  } catch {
    return undefined
  }
}

function busy(folder: string): PorticoError {
  const holder = readHolder(folder)
  const url = holder?.facts.API_URL
  const who = holder ? `process ${holder.pid} since ${holder.since}${url ? `, serving ${url}` : ''}` : 'another process'
  return new PorticoError('DATA_FOLDER_BUSY', {
    message: `The data folder ${folder} is held by ${who}. Stop it first (portico stop), or give --data another folder.`,
    details: { folder, ...(holder && { pid: holder.pid, since: holder.since, ...(url && { url }) }) },
  })
}

function stateFile(folder: string): string {
  return join(folder, 'portico.json')
}
