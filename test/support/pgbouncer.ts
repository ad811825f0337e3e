import { spawn } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import { freePort } from './free-port.ts'

const program = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer'].find((path) => existsSync(path))

/** Whether Debian's pgbouncer is installed here; the tests that need it say so in their names. */
export const hasPgbouncer = program !== undefined
export const withoutPgbouncer = hasPgbouncer ? '' : " (left out: Debian's pgbouncer is not installed)"

export interface Pgbouncer {
  /** The same database, through the pooler. */
  readonly url: string
  stop(): Promise<void>
}

/**
 * A transaction-mode pooler in front of the database of a URL, with so few connections to it that callers have to
 * share them.
 */
export async function startPgbouncer(databaseUrl: string, poolSize = 2): Promise<Pgbouncer> {
  const { username, password, hostname, port, pathname } = new URL(databaseUrl)
  const folder = mkdtempSync(join(tmpdir(), 'portico-pgbouncer-'))
  const listenPort = await freePort()
  const settings = join(folder, 'pgbouncer.ini')
  const users = join(folder, 'users.txt')
  writeFileSync(users, `"${username}" "${decodeURIComponent(password)}"\n`, { mode: 0o600 })
  writeFileSync(
    settings,
    `[databases]
* = host=${hostname} port=${port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${listenPort}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
pool_mode = transaction
default_pool_size = ${poolSize}
max_client_conn = 200
`,
  )
  // It refuses to run as root.
  const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
  if (nobody.uid) for (const path of [folder, settings, users]) chownSync(path, nobody.uid, nobody.gid)
  const child = spawn(program ?? '', [settings], { ...nobody, cwd: folder, stdio: 'ignore' })
  const url = new URL(databaseUrl)
  url.host = `127.0.0.1:${listenPort}`
  url.pathname = pathname
  await ready(url.href)
  return {
    url: url.href,
    async stop() {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await gone
      rmSync(folder, { recursive: true })
    },
  }
}

async function ready(connectionString: string): Promise<void> {
  const end = performance.now() + 60_000
  for (;;) {
    const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5000 })
    client.on('error', () => {})
    try {
      await client.connect()
      return await client.end()
    } catch (cause) {
      if (performance.now() > end) throw new Error('pgbouncer does not answer', { cause })
      await setTimeout(20)
    }
  }
}
