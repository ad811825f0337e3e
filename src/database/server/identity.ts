import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { promisify } from 'node:util'

/** The user that Postgres' programs run as. Postgres refuses root, and users without a name. */
export interface Identity {
  /** Whose files they make, as the file system sees it. */
  readonly uid: number
  readonly gid: number
  /** Goes before a program and its arguments. */
  readonly prefix: readonly string[]
  /** Options of `spawn`. */
  readonly switchTo: { readonly uid?: number; readonly gid?: number }
}

/** A user of the system, by `setuid`; only root can. */
export function systemUser(uid: number, gid: number): Identity {
  return { uid, gid, prefix: [], switchTo: { uid, gid } }
}

/** `nobody`, as the system knows it; undefined where there is none. */
export function nobody(): Identity | undefined {
  const entry = passwd().find(([name]) => name === 'nobody')
  // macOS writes -2.
  return entry && systemUser(Number(entry[2]) >>> 0, Number(entry[3]) >>> 0)
}

/** Ourselves, for a plain user with a name; undefined for those whom Postgres refuses. */
export function ourselves(): Identity | undefined {
  const { uid, gid } = ids()
  if (uid === 0) return undefined
  try {
    userInfo()
    return { uid, gid, prefix: [], switchTo: {} }
  } catch {
    return undefined
  }
}

/**
 * Ourselves under the name `nobody`, in a user namespace of Linux: files stay ours, and whatever we reach is
 * reached, a checkout in a 0700 home too. undefined where the system forbids user namespaces.
 */
export async function namespaced(): Promise<Identity | undefined> {
  if (process.platform !== 'linux') return undefined
  const entry = passwd().find(([name]) => name === 'nobody')
  if (!entry) return undefined
  const prefix = ['unshare', '--user', `--map-user=${entry[2]}`, `--map-group=${entry[3]}`, '--']
  const identity: Identity = { ...ids(), prefix, switchTo: {} }
  return (await succeeds(identity, ['true'])) ? identity : undefined
}

/** Whether a user may run the program and reach what lies in the folder. */
export async function canUse(identity: Identity, program: string, folder: string): Promise<boolean> {
  return await succeeds(identity, ['sh', '-c', 'test -x "$1" && test -x "$2"', 'sh', program, folder])
}

async function succeeds({ prefix, switchTo }: Identity, command: readonly string[]): Promise<boolean> {
  const [file = '', ...words] = [...prefix, ...command]
  try {
    await promisify(execFile)(file, words, { ...switchTo, cwd: '/' })
    return true
  } catch {
    return false
  }
}

function ids(): { uid: number; gid: number } {
  return { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
}

function passwd(): string[][] {
  return readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
}
