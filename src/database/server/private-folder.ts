import { createHash } from 'node:crypto'
import { chownSync, lstatSync, mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A socket's whole path must fit into 104 bytes on macOS, 108 on Linux. */
const longestSocketPath = 103

/**
 * The folder of the server's unix socket: short whatever the data folder's length, and 0700 for the user that Postgres
 * runs as. The same one at each start, unless somebody else was there first.
 */
export function makeSocketFolder(cluster: string, owner: { uid: number; gid: number }): string {
  const name = `portico-${createHash('sha256').update(cluster).digest('hex').slice(0, 12)}`
  const fits = Buffer.byteLength(join(tmpdir(), `${name}-XXXXXX`, '.s.PGSQL.65535')) <= longestSocketPath
  const parent = fits ? tmpdir() : '/tmp'
  const folder = join(parent, name)
  try {
    mkdirSync(folder, { mode: 0o700 })
    chownSync(folder, owner.uid, owner.gid)
    return folder
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  const found = lstatSync(folder)
  if (found.isDirectory() && found.uid === owner.uid && (found.mode & 0o077) === 0) return folder
  const fresh = mkdtempSync(`${folder}-`)
  chownSync(fresh, owner.uid, owner.gid)
  return fresh
}
