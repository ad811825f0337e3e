import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'

/**
 * The script of pgTAP, which is SQL alone, out of the archive of the npm package `@electric-sql/pglite-pgtap`; beside this
 * file once Portico is built, since the package would bring all of PGlite along. Undefined where neither was installed.
 */
export function pgtapScript(version: string): string | undefined {
  const archive = [besideThisFile, inPackage].map((find) => find()).find((path) => path && existsSync(path))
  if (archive === undefined) return undefined
  const script = fileOf(gunzipSync(readFileSync(archive)), `share/postgresql/extension/pgtap--${version}.sql`)
  if (script === undefined) throw new Error(`${archive} has no pgTAP ${version}`)
  return script
}

function besideThisFile(): string {
  return fileURLToPath(new URL('./pgtap.tar.gz', import.meta.url))
}

function inPackage(): string | undefined {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('@electric-sql/pglite-pgtap')), 'pgtap.tar.gz')
  } catch {
    return undefined
  }
}

/** Blocks of 512 bytes: a header with the name and, in octal, the size, then the content (POSIX `ustar`). */
function fileOf(archive: Buffer, wanted: string): string | undefined {
  const field = (at: number, length: number) => archive.toString('latin1', at, at + length).replace(/\0.*$/s, '')
  for (let at = 0; at + 512 <= archive.length; ) {
    const [name, size] = [field(at, 100), Number.parseInt(field(at + 124, 12), 8)]
    if (name === wanted) return archive.toString('utf8', at + 512, at + 512 + size)
    at += 512 + Math.ceil((size || 0) / 512) * 512
  }
  return undefined
}
