import { once } from 'node:events'
import { chownSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { errorMessage, PorticoError } from '#errors'
import { spawnGuarded } from './guard.ts'
import type { Identity } from './identity.ts'
import type { Placement } from './placement.ts'
import { pgHbaConf, postgresqlConf, type ServerSettings } from './settings.ts'

/** Postgres' major release; clusters of another one cannot be opened. */
const release = '18'

/** @throws PorticoError POSTGRES_FAILED if what is there is no cluster of this release. */
export function clusterExists({ cluster }: Placement): boolean {
  let version: string
  try {
    version = readFileSync(join(cluster, 'PG_VERSION'), 'utf8').trim()
  } catch {
    return false
  }
  if (version === release) return true
  throw new PorticoError('POSTGRES_FAILED', {
    message: `The database in ${cluster} was made by Postgres ${version}; this is Postgres ${release}. Dump it with the old release, or give --data another folder.`,
    details: { cluster, version },
  })
}

/**
 * Makes an empty cluster: superuser `supabase_admin`, UTF-8, sorted by code point alike on all platforms. It is made
 * under another name first, so a start that dies on the way leaves nothing that the next would take for a cluster.
 *
 * @throws PorticoError POSTGRES_FAILED, PLATFORM_UNSUPPORTED
 */
export async function createCluster({ identity, binaries, cluster, home }: Placement): Promise<void> {
  const drafts = `${basename(cluster)}.new-`
  for (const name of readdirSync(home)) {
    if (name.startsWith(drafts)) rmSync(join(home, name), { recursive: true, maxRetries: 10 })
  }
  const draft = mkdtempSync(join(home, drafts))
  try {
    chownSync(draft, identity.uid, identity.gid)
    await initdb(identity, binaries.initdb, draft)
    renameSync(draft, cluster)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true, maxRetries: 10 })
    throw error
  }
}

async function initdb(identity: Identity, program: string, folder: string): Promise<void> {
  const words = ['--pgdata', folder, '--username', 'supabase_admin', '--auth', 'trust', '--encoding', 'UTF8']
  const locale = ['--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8']
  const child = spawnGuarded(identity, 'KILL', program, [...words, ...locale, '--no-instructions'])
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk
  })
  const [code] = await once(child, 'close').catch((error) => Promise.reject(cannotRun(error, program)))
  if (code === 0) return
  throw cannotRun(Object.assign(new Error(said || `initdb ended with status ${code}`), { code }), program)
}

/** Settings are written at each start; what `alter system` sets goes before them. */
export function configureCluster({ identity, cluster }: Placement, settings: ServerSettings): void {
  write(join(cluster, 'postgresql.conf'), postgresqlConf(settings), identity)
  write(join(cluster, 'pg_hba.conf'), pgHbaConf, identity)
}

function write(file: string, text: string, { uid, gid }: Identity): void {
  const draft = join(dirname(file), `${basename(file)}.new`)
  writeFileSync(draft, text, { mode: 0o600 })
  chownSync(draft, uid, gid)
  renameSync(draft, file)
}

/** Why a program of Postgres' did not run, in words for whoever started Portico. */
export function cannotRun(cause: unknown, program: string): PorticoError {
  if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 127)) {
    return new PorticoError('PLATFORM_UNSUPPORTED', {
      message: `${program} cannot be run here; it needs a Linux with glibc. Name a Postgres of your own with --db-url.`,
      cause,
    })
  }
  return new PorticoError('POSTGRES_FAILED', {
    message: `Postgres did not start: ${errorMessage(cause).trim()}`,
    cause,
  })
}
