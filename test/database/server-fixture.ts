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

/** Waits for something that happens outside of this process; gives up after `ms`, by when it never will. */
export async function until(what: () => boolean | Promise<boolean>, ms = 30_000): Promise<void> {
  const end = performance.now() + ms
  while (!(await what())) {
    if (performance.now() > end) throw new Error(`not within ${ms} ms`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
