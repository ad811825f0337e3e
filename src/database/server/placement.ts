import { randomUUID } from 'node:crypto'
import { chmodSync, chownSync, mkdirSync, readdirSync, readlinkSync, type Stats, statSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { PorticoError } from '#errors'
import { type Binaries, copyBinaries, findBinaries, linkLibraries } from './binaries.ts'
import { canUse, type Identity, namespaced, nobody, ourselves, systemUser } from './identity.ts'

/** Who runs which programs on which cluster. */
export interface Placement {
  readonly identity: Identity
  readonly binaries: Binaries
  /** Postgres' own data folder, below {@link home}; it may not be there yet. */
  readonly cluster: string
  /** The data folder, or its stand-in where Postgres' user cannot reach it. */
  readonly home: string
}

/**
 * Decides who runs Postgres, and where its files are. A plain user does it himself. For root, which Postgres refuses:
 * whoever owns the cluster already; else root under another name; else `nobody`, in the data folder where `nobody` can
 * reach it and otherwise in a folder of its own in `elsewhere`, to which the data folder's `postgres` is then a link.
 *
 * @throws PorticoError PLATFORM_UNSUPPORTED, POSTGRES_FAILED saying what to do.
 */
export async function place(dataFolder: string, elsewhere: string): Promise<Placement> {
  const home = homeOf(dataFolder)
  const found = statOf(join(home, 'postgres'))
  const binaries = linked(findBinaries(), dataFolder)
  const identity = ourselves() ?? (await namespaced())

  if (process.getuid?.() !== 0) {
    if (!identity) throw nameless()
    if (found && found.uid !== identity.uid) throw foreign(home, found)
    return at(home, identity, binaries)
  }
  if (found && found.uid !== 0) return await asOther(systemUser(found.uid, found.gid), home, binaries, elsewhere)
  if (identity && (await canUse(identity, binaries.postgres, home))) return at(home, identity, binaries)
  const other = nobody()
  if (!other) throw unreachable(home)
  return await asOther(other, home, binaries, elsewhere, found === undefined)
}

/** Another user needs its way to the files opened, or other files. */
async function asOther(
  identity: Identity,
  home: string,
  binaries: Binaries,
  elsewhere: string,
  mayMove = false,
): Promise<Placement> {
  const programs = (await canUse(identity, binaries.postgres, '/')) ? binaries : copyBinaries(binaries, elsewhere)
  const { mode } = statSync(home)
  if (!(await canUse(identity, programs.postgres, home))) chmodSync(home, mode | 0o011)
  if (await canUse(identity, programs.postgres, home)) {
    own(join(home, 'postgres'), identity)
    return at(home, identity, programs)
  }
  chmodSync(home, mode)
  if (!mayMove) throw unreachable(home)
  const moved = join(elsewhere, randomUUID())
  try {
    mkdirSync(moved, { recursive: true, mode: 0o711 })
    if (!(await canUse(identity, programs.postgres, moved))) throw unreachable(home)
    symlinkSync(join(moved, 'postgres'), join(home, 'postgres'))
  } catch (cause) {
    throw unreachable(home, cause)
  }
  return at(moved, identity, programs)
}

function at(home: string, identity: Identity, binaries: Binaries): Placement {
  return { home, identity, binaries, cluster: join(home, 'postgres') }
}

function linked(binaries: Binaries, dataFolder: string): Binaries {
  return linkLibraries(binaries) ? binaries : copyBinaries(binaries, dataFolder)
}

/** The data folder, or where an earlier start had to put the cluster. */
function homeOf(dataFolder: string): string {
  let target: string
  try {
    target = readlinkSync(join(dataFolder, 'postgres'))
  } catch {
    return dataFolder
  }
  if (statOf(dirname(target))) return dirname(target)
  throw new PorticoError('POSTGRES_FAILED', {
    message: `The database of ${dataFolder} was kept in ${target}, which is gone. Bring it back, or remove ${join(dataFolder, 'postgres')} to begin with an empty one.`,
    details: { folder: dataFolder, cluster: target },
  })
}

function own(cluster: string, { uid, gid }: Identity): void {
  const found = statOf(cluster)
  if (!found || found.uid === uid) return
  for (const name of readdirSync(cluster, { recursive: true, encoding: 'utf8' }))
    chownSync(join(cluster, name), uid, gid)
  chownSync(cluster, uid, gid)
}

function statOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false })
}

function nameless(): PorticoError {
  return new PorticoError('PLATFORM_UNSUPPORTED', {
    message: `Postgres refuses to run as a user without a name: uid ${process.getuid?.()} is not in /etc/passwd. Add it there, run as another user, or name a Postgres of your own with --db-url.`,
  })
}

function foreign(home: string, { uid }: Stats): PorticoError {
  return new PorticoError('POSTGRES_FAILED', {
    message: `The database in ${home} belongs to uid ${uid}, and this is uid ${process.getuid?.()}. Run as that user, hand it over (chown -R), or give --data another folder.`,
    details: { folder: home },
  })
}

function unreachable(home: string, cause?: unknown): PorticoError {
  return new PorticoError('POSTGRES_FAILED', {
    message: `Postgres refuses to run as root, this system forbids user namespaces, and the user nobody cannot reach ${home}. Run as a plain user, or give --data a folder that others may enter, such as /var/lib/portico.`,
    details: { folder: home },
    cause,
  })
}
