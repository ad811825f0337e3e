import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { attachmentOf } from '#app'
import { readHolder } from '#database'
import { elapsed, type RunningPortico, startPortico } from '../support/index.ts'
import { parentOf } from './processor-time.ts'

/** Portico in production mode on a database full of rows. */
export interface PhotoCommunity {
  readonly portico: RunningPortico
  /** Of Postgres' first process. */
  readonly postgres: number
  /** How Portico's own pool logs in, for whoever is compared with it. */
  readonly connection: pg.ClientConfig
  /** What tokens are signed with. */
  readonly secret: string
  close(): Promise<void>
}

export async function openPhotoCommunity(): Promise<PhotoCommunity> {
  const data = mkdtempSync(join(tmpdir(), 'portico-bench-'))
  const project = join(import.meta.dirname, 'project')
  const portico = await startPortico('--project', project, '--data', data, '--production')
  const close = async () => {
    await portico.stop()
    rmSync(data, { recursive: true, force: true })
  }
  try {
    const holder = readHolder(data)
    const socket = holder && attachmentOf(holder)?.socket
    const secret = holder?.facts.JWT_SECRET
    if (!socket || !secret) throw new Error('Portico does not say where its database is')
    const connection = { ...socket, database: 'postgres' }
    const client = new pg.Client({ ...connection, user: 'supabase_admin' })
    await client.connect()
    const ms = await elapsed(async () => {
      await client.query(readFileSync(join(import.meta.dirname, 'rows.sql'), 'utf8'))
      await client.query('vacuum (analyze, freeze)')
      await client.query('checkpoint')
    })
    console.log(`1.8 million rows written in ${Math.round(ms / 1000)} s`)
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
    const postgres = parentOf(rows[0]?.pid ?? 0)
    await client.end()
    return { portico, postgres, connection: { ...connection, user: 'authenticator' }, secret, close }
  } catch (error) {
    await close()
    throw error
  }
}
