import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, fchownSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Placement } from './placement.ts'

/**
 * The file with the vault's key, made at the first start. It lies beside the cluster, so that no dump and no backup of
 * the database has it; only the server reads it.
 */
export function keepVaultKey({ home, identity }: Pick<Placement, 'home' | 'identity'>): string {
  const file = join(home, 'vault.key')
  if (existsSync(file)) return file
  const draft = `${file}.new`
  rmSync(draft, { force: true })
  durably(draft, 'wx', (handle) => {
    writeSync(handle, `${randomBytes(32).toString('base64')}\n`)
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
