import { type SpawnOptions, spawn, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import { freePort } from '../support/free-port.ts'

const bin = '/usr/lib/postgresql/15/bin'

/** Whether Debian's Postgres 15 is installed here; the suites that need it say so in their names. */
export const hasPostgres15 = existsSync(join(bin, 'initdb'))

export interface OwnServer {
  readonly port: number
  readonly socketFolder: string
  stop(): Promise<void>
}

/** A Postgres as a Debian user has it: its superuser is `postgres`, and passwords are asked for over TCP. */
export async function startPostgres15(settings: Readonly<Record<string, string>> = {}): Promise<OwnServer> {
  const folder = mkdtempSync(join(tmpdir(), 'portico-15-'))
  // Postgres refuses to run as root.
  const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
  if (nobody.uid) chownSync(folder, nobody.uid, nobody.gid)
  chmodSync(folder, 0o700)
  const as: SpawnOptions = { ...nobody, cwd: folder }
  const made = spawnSync(
    join(bin, 'initdb'),
    [
      '-D',
      folder,
      '-U',
      'postgres',
      '-E',
      'UTF8',
      '--locale=C.UTF-8',
      '--auth-local=trust',
      '--auth-host=scram-sha-256',
      '--no-sync',
    ],
    { ...as, encoding: 'utf8' },
  )
  if (made.status !== 0) throw new Error(made.stderr)
  const port = await freePort()
  const all = { listen_addresses: '127.0.0.1', fsync: 'off', ...settings }
  const parameters = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const server = spawn(join(bin, 'postgres'), ['-D', folder, '-p', String(port), '-k', folder, ...parameters], {
    ...as,
    stdio: 'ignore',
  })
  await ready({ host: folder, port, user: 'postgres', database: 'postgres' })
  return {
    port,
    socketFolder: folder,
    async stop() {
      const gone = new Promise((resolve) => server.once('exit', resolve))
      server.kill('SIGINT')
      await gone
      rmSync(folder, { recursive: true })
    },
  }
}

async function ready(config: pg.ClientConfig): Promise<void> {
  for (let tries = 0; tries < 3000; tries++) {
    const client = new pg.Client(config)
    try {
      await client.connect()
      return await client.end()
    } catch {
      await setTimeout(20)
    }
  }
  throw new Error('Postgres 15 did not start')
}
