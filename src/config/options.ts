import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { isLoopback } from './address.ts'
import { isPostgresUrl, postgresUrlExpected } from './managed.ts'
import type { Report } from './report.ts'

/** What a caller or the command line decides. Each wins over the environment and config.toml. */
export interface LoadOptions {
  /** The folder that holds `supabase/`. */
  readonly project: string
  /** The data folder. Default: `.portico` in the project. */
  readonly data?: string | undefined
  /** The address to listen on. Default: 127.0.0.1, where only this machine reaches it. */
  readonly host?: string | undefined
  /** Default: `[api] port`. 0 takes any free port. */
  readonly port?: number | undefined
  /** Where Postgres listens. Default: `[db] port`. 0 takes any free port. */
  readonly dbPort?: number | undefined
  /** `postgresql://…`: a Postgres to use in place of the embedded one. */
  readonly dbUrl?: string | undefined
  /** Strict in place of friendly: no introspection, no suggestions, masked errors. Default: false. */
  readonly production?: boolean | undefined
  /** Keep everything in a temporary folder, which `close` removes. */
  readonly ephemeral?: boolean | undefined
  /** A file of variables for edge functions, in place of `supabase/functions/.env`. */
  readonly envFile?: string | undefined
  /** An import map for all edge functions, whatever config.toml and their folders say. */
  readonly importMap?: string | undefined
  /** `false`: no edge function asks for a token, whatever config.toml says. */
  readonly verifyJwt?: boolean | undefined
  /** The environment: `process.env`, or `{}` for one that nobody's machine has a say in. */
  readonly env: Readonly<Record<string, string | undefined>>
}

export async function checkOptions(options: LoadOptions, root: string, report: Report): Promise<void> {
  const { project, data, host, ephemeral, dbUrl, envFile, importMap } = options
  if (!(await isFolder(root))) report.mistakeIn('--project', 'a folder that exists', project)
  if (ephemeral && data !== undefined) report.mistakeIn('--data', 'no --ephemeral beside it', data)
  if (host?.trim() === '' || host?.includes('/')) report.mistakeIn('--host', 'a host name or an IP address', host)
  if (dbUrl !== undefined && !isPostgresUrl(dbUrl)) report.mistakeIn('--db-url', postgresUrlExpected)
  if (envFile !== undefined && !existsSync(envFile)) report.mistakeIn('--env-file', 'a file that exists', envFile)
  if (importMap !== undefined && !existsSync(importMap)) {
    report.mistakeIn('--import-map', 'a file that exists', importMap)
  }
  for (const [name, port] of [
    ['--port', options.port],
    ['--db-port', options.dbPort],
  ] as const) {
    const isPort = port === undefined || (Number.isInteger(port) && port >= 0 && port <= 65535)
    if (!isPort) report.mistakeIn(name, 'a port between 0 and 65535', port)
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch {
    return false
  }
}

/** Whether the well-known development secrets are good enough: only this machine can come in. */
export function isTrusted(mode: 'development' | 'production', host: string): boolean {
  return mode === 'development' && isLoopback(host)
}

/** Whether the database listens on loopback or on a socket in the file system. */
export function isOnThisMachine(databaseUrl: string): boolean {
  const url = new URL(databaseUrl)
  const host = url.searchParams.get('host') ?? decodeURIComponent(url.hostname)
  return host === '' || host.startsWith('/') || isLoopback(host)
}
