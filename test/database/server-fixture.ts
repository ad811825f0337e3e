import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { onTestFinished } from 'vitest'
import { holdDataFolder, type PostgresOptions, type PostgresServer, startPostgres } from '#database'
import { silent } from '#observe'
import { dataRoot } from '../support/data-root.ts'

/** A folder for data folders, gone after the test. */
export function temporaryFolder(finished: (clean: () => void) => void = onTestFinished): string {
  const path = mkdtempSync(join(dataRoot(), 'portico-server-'))
  finished(() => rmSync(path, { recursive: true, maxRetries: 10 }))
  return path
}

/** A server in this process; it stops, and gives its folder back, after `work`. */
export async function withServer<T>(
  path: string,
  options: Partial<PostgresOptions>,
  work: (server: PostgresServer) => Promise<T>,
): Promise<T> {
  const folder = holdDataFolder(path)
  try {
    const server = await startPostgres({ folder, observe: silent, ...options })
    try {
      return await work(server)
    } finally {
      await server.stop()
    }
  } finally {
    folder.release()
  }
}

/** One statement on a connection of its own, as the superuser. */
export async function ask(to: { socketFolder: string; port: number }, text: string, values?: unknown[]) {
  const client = new pg.Client({ host: to.socketFolder, port: to.port, user: 'supabase_admin', database: 'postgres' })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(text, values)).rows as Record<string, unknown>[]
  } finally {
    await client.end()
  }
}
