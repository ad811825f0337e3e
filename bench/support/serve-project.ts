import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { attachmentOf } from '#app'
import { readHolder } from '#database'
import { type RunningPortico, startPortico } from './portico.ts'
import { parentOf } from './processor-time.ts'

/** Portico on a project folder, and its database for whoever is compared with it. */
export interface ServedProject {
  readonly portico: RunningPortico
  /** The process id of Postgres' first process. */
  readonly postgres: number
  /** How a role logs in to the database past Portico. */
  login(user: string): pg.ClientConfig
  /** What tokens are signed with. */
  readonly secret: string
  close(): Promise<void>
}

export interface ServeOptions {
  readonly project: string
  /** Where the database is kept from one run to the next; without it the data is temporary. */
  readonly data?: string | undefined
  /** Further words of `portico start`. */
  readonly words?: readonly string[]
}

export async function serveProject({ project, data, words = [] }: ServeOptions): Promise<ServedProject> {
  const folder = data ?? mkdtempSync(join(tmpdir(), 'portico-bench-'))
  const portico = await startPortico('--project', project, '--data', folder, ...words)
  const close = async () => {
    await portico.stop()
    if (data === undefined) rmSync(folder, { recursive: true, force: true })
  }
  try {
    const holder = readHolder(folder)
    const socket = holder && attachmentOf(holder)?.socket
    const secret = holder?.facts.JWT_SECRET
    if (!socket || !secret) throw new Error('Portico does not say where its database is')
    const login = (user: string) => ({ ...socket, database: 'postgres', user })
    return { portico, postgres: await firstProcess(login('supabase_admin')), login, secret, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function firstProcess(login: pg.ClientConfig): Promise<number> {
  const client = new pg.Client(login)
  await client.connect()
  try {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
    return parentOf(rows[0]?.pid ?? 0)
  } finally {
    await client.end()
  }
}
