import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { elapsed, type ServedProject, serveProject } from '../support/index.ts'

/**
 * Portico in production mode on a database of a photo community, large enough for plans to matter.
 *
 * @param data a folder that keeps the rows for the next run; writing them takes most of a short one
 */
export async function openPhotoCommunity(data?: string): Promise<ServedProject> {
  if (data !== undefined) mkdirSync(data, { recursive: true })
  const project = join(import.meta.dirname, 'project')
  const community = await serveProject({ project, data, words: ['--production'] })
  try {
    const written = data === undefined ? undefined : join(data, 'rows-are-written')
    if (written !== undefined && existsSync(written)) return community
    await writeRows(community.login('supabase_admin'))
    if (written !== undefined) writeFileSync(written, '')
    return community
  } catch (error) {
    await community.close()
    throw error
  }
}

async function writeRows(login: pg.ClientConfig): Promise<void> {
  const client = new pg.Client(login)
  await client.connect()
  const ms = await elapsed(async () => {
    await client.query(readFileSync(join(import.meta.dirname, 'rows.sql'), 'utf8'))
    await client.query('vacuum (analyze, freeze)')
    await client.query('checkpoint')
  })
  console.log(`1.8 million rows written in ${Math.round(ms / 1000)} s`)
  await client.end()
}
