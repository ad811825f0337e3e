import { createHash, randomBytes } from 'node:crypto'
import {
  chownSync,
  closeSync,
  existsSync,
  fchownSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { Placement } from './placement.ts'

/**
 * The file with the vault's key, made at the first start. It lies beside the cluster, so that no dump and no backup of
 * the database has it; only the server reads it. Each key that the project gives has a file of its own, so that what
 * was encrypted with the one before can be encrypted anew.
 *
 * @param given `[db] root_key`, in place of a random one
 */
export function keepVaultKey({ home, identity }: Pick<Placement, 'home' | 'identity'>, given?: string): string {
  const mark = given === undefined ? '' : `-${createHash('sha256').update(given).digest('hex').slice(0, 8)}`
  const file = join(home, `vault${mark}.key`)
  if (existsSync(file)) {
    // One that was restored is whoever's restored it.
    if (statSync(file).uid !== identity.uid) chownSync(file, identity.uid, identity.gid)
    return file
  }
  const draft = `${file}.new`
  rmSync(draft, { force: true })
  durably(draft, 'wx', (handle) => {
    writeSync(handle, `${given ?? randomBytes(32).toString('base64')}\n`)
    fchownSync(handle, identity.uid, identity.gid)
  })
  renameSync(draft, file)
  durably(dirname(file), 'r', () => {})
  return file
}

function durably(path: string, flags: 'r' | 'wx', work: (handle: number) => void): void {
  const handle = openSync(path, flags, 0o600)
  try {
    work(handle)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
